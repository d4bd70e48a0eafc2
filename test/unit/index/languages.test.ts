/** Every language with a grammar: its sample is chunked without loss, and its definitions, comments and imports are found. */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { syntaxOf } from '../../../src/index/languages/table.ts';
import { type ParsedFile, chunkFields } from '../../../src/index/parse/parsed-file.ts';
import { analyseLines } from '../../../src/index/parse/plain-text.ts';
import { SyntaxParser } from '../../../src/index/parse/syntax-parser.ts';
import type { SymbolDefinition } from '../../../src/index/types.ts';
import { languageOf } from '../../../src/repository/languages.ts';

const folder = path.join(import.meta.dirname, '../../fixtures/languages');
const parser = await SyntaxParser.create();

async function analyse(name: string): Promise<{ text: string; parsed: ParsedFile }> {
  const text = readFileSync(path.join(folder, name), 'utf8');
  const language = languageOf(name, text);
  return {
    text,
    parsed: SyntaxParser.knows(language) ? await parser.analyse(text, language, 10_000) : analyseLines(text, language),
  };
}

/** `kind scope.name` of each definition, with ` local` behind it, in order. */
function outline(symbols: readonly SymbolDefinition[]): string[] {
  return symbols.map((s) => `${s.kind} ${[...s.scope, s.name].join('.')}${s.local ? ' local' : ''}`);
}

function assertLossless(text: string, parsed: ParsedFile): void {
  let joined = '';
  let line = 1;
  for (let at = 0; at < parsed.chunks.length; at += chunkFields) {
    const [first, last, start, end] = parsed.chunks.subarray(at, at + chunkFields);
    assert.equal(first, line, 'chunks follow one another');
    const content = text.slice(start, end);
    joined += content;
    const lines = content.split('\n').length - (content.endsWith('\n') ? 1 : 0);
    line += lines;
    assert.equal(last, line - 1, 'the last line is the one the text ends on');
  }
  assert.equal(joined, text);
  assert.equal(parsed.scopes.length, parsed.chunks.length / chunkFields);
}

test('every grammar loads, its query compiles, and its sample is chunked without loss', async () => {
  const seen = new Set<string>();
  for (const name of readdirSync(folder)) {
    const { text, parsed } = await analyse(name);
    seen.add(languageOf(name, text));
    assertLossless(text, parsed);
    // Repeated, the sample is larger than a chunk, so that cutting has to happen inside of it.
    const long = text.repeat(12);
    const language = languageOf(name, text);
    const many = SyntaxParser.knows(language)
      ? await parser.analyse(long, language, 10_000)
      : analyseLines(long, language);
    assertLossless(long, many);
    assert.ok(many.chunks.length > chunkFields, `${name} repeated makes several chunks`);
  }
  for (const language of syntaxOf.keys()) {
    if (language === 'javascriptreact') continue;
    assert.ok(seen.has(language), `there is a sample of ${language}`);
  }
});

test('texts with carriage returns, without a last line feed, and of one line are chunked without loss', async () => {
  for (const text of [
    'const a = 1;\r\n\r\nfunction b() {\r\n  return 1;\r\n}\r\n',
    'x',
    '\n',
    '\n\n\n',
    `${'y'.repeat(5000)}\nz`,
  ]) {
    assertLossless(text, await parser.analyse(text, 'typescript', 10_000));
    assertLossless(text, analyseLines(text, 'plaintext'));
  }
  assert.equal((await parser.analyse('', 'python', 10_000)).chunks.length, 0);
});

const expected: Readonly<Record<string, { outline: readonly string[]; imports: readonly string[] }>> = {
  'sample.ts': {
    outline: [
      'constant LIMIT',
      'variable counter',
      'type Canvas',
      'field Canvas.shapes',
      'method Canvas.constructor',
      'field Canvas.name',
      'method Canvas.add',
      'function Canvas.add.helper local',
      'method Canvas.onClick',
      'type Drawable',
      'method Drawable.draw',
      'field Drawable.color',
      'type Pair',
      'type Color',
      'constant Color.Red',
      'constant Color.Blue',
      'function area',
      'function area',
      'function area.inner local',
      'function double',
      'module Tools',
      'function Tools.saw',
      'constant lazy',
    ],
    imports: ['node:fs/promises', './shapes.js', './lazy.js', './other.js'],
  },
  'sample.tsx': {
    outline: ['type Props', 'field Props.title', 'function Button', 'function Card'],
    imports: ['react'],
  },
  'sample.js': {
    outline: [
      'constant path',
      'constant app',
      'method app.init',
      'type Stack',
      'field Stack.#items',
      'method Stack.create',
      'method Stack.push',
      'function numbers',
      'method Stack.peek',
      'method helper',
    ],
    imports: ['path'],
  },
  'sample.py': {
    outline: [
      'constant MAX_SIZE',
      'variable registry',
      'type Point',
      'field Point.x',
      'method Point.norm',
      'type Point.Meta',
      'function fetch',
      'function fetch.inner local',
    ],
    imports: ['os.path', 'collections', '.'],
  },
  'sample.go': {
    outline: [
      'constant MaxParams',
      'variable ErrMissing',
      'type Mux',
      'field Mux.tree',
      'type Handler',
      'method Handler.Serve',
      'method Mux.Handle',
      'function NewMux',
    ],
    imports: ['net/http', 'context'],
  },
  'sample.rs': {
    outline: [
      'constant LIMIT',
      'type Stack',
      'field Stack.items',
      'type Kind',
      'constant Kind.One',
      'constant Kind.Two',
      'type Shape',
      'method Shape.area',
      'method Stack.push',
      'function Stack.push.helper local',
      'method Stack.fmt',
      'function square',
      'module tests',
      'function tests.works',
    ],
    imports: ['std::collections::HashMap', 'other'],
  },
  'Sample.java': {
    outline: [
      'type Sample',
      'field Sample.EMPTY',
      'method Sample.Sample',
      'method Sample.addAll',
      'type Sample.Visitor',
      'method Sample.Visitor.visit',
      'type Sample.Level',
      'constant Sample.Level.LOW',
      'constant Sample.Level.HIGH',
      'type Sample.Pair',
    ],
    imports: ['java.util.List', 'java.util.Map.entry'],
  },
  'sample.c': {
    outline: [
      'constant MAX_ITEMS',
      'function SQUARE',
      'type list',
      'field list.next',
      'field list.value',
      'type pair_t',
      'field pair_t.a',
      'type callback',
      'type color',
      'constant color.RED',
      'constant color.GREEN',
      'variable counter',
      'function list_length',
      'function list_length',
      'function list_new',
    ],
    imports: ['stdio.h', 'list.h'],
  },
  'sample.cpp': {
    outline: [
      'module ns',
      'type ns.Widget',
      'method ns.Widget.Widget',
      'method ns.Widget.~Widget',
      'method ns.Widget.draw',
      'method ns.Widget.value',
      'method ns.Widget.operator==',
      'field ns.Widget.value_',
      'type ns.Mode',
      'constant ns.Mode.kOn',
      'constant ns.Mode.kOff',
      'type ns.Alias',
      'method ns.Widget.draw',
      'function global_name',
    ],
    imports: ['string'],
  },
  'Sample.cs': {
    outline: [
      'module Acme.Tools',
      'type Acme.Tools.Serializer',
      'field Acme.Tools.Serializer._depth',
      'field Acme.Tools.Serializer.Name',
      'method Acme.Tools.Serializer.Serializer',
      'method Acme.Tools.Serializer.Serialize',
      'function Acme.Tools.Serializer.Serialize.Local local',
      'field Acme.Tools.Serializer.Changed',
      'type Acme.Tools.ISerializer',
      'method Acme.Tools.ISerializer.Serialize',
      'type Acme.Tools.Level',
      'constant Acme.Tools.Level.Low',
      'constant Acme.Tools.Level.High',
      'type Acme.Tools.Point',
      'type Acme.Tools.Callback',
    ],
    imports: ['System.Text'],
  },
  'sample.rb': {
    outline: [
      'module Rack',
      'constant Rack.VERSION',
      'type Rack.Response',
      'field Rack.Response.status',
      'field Rack.Response.headers',
      'method Rack.Response.initialize',
      'method Rack.Response.build',
      'method Rack.Response.empty?',
      'type Rack.Deep.Name',
    ],
    imports: ['json', 'other'],
  },
  'sample.php': {
    outline: [
      'constant LIMIT',
      'type Handler',
      'constant Handler.MAX',
      'field Handler.name',
      'method Handler.__construct',
      'field Handler.depth',
      'method Handler.run',
      'type HandlerInterface',
      'method HandlerInterface.run',
      'type Loud',
      'type Suit',
      'constant Suit.Hearts',
      'function helper',
    ],
    imports: ['App\\Models\\User', 'bootstrap.php'],
  },
  'sample.sh': { outline: ['constant OUT_DIR', 'function usage', 'function build'], imports: ['./lib.sh'] },
  'sample.css': { outline: ['variable --accent', 'function spin'], imports: [] },
  'sample.ps1': { outline: ['function Get-Greeting', 'type Greeter', 'method Greeter.Greet'], imports: [] },
};

for (const [name, want] of Object.entries(expected)) {
  test(`definitions and imports of ${name}`, async () => {
    const { parsed } = await analyse(name);
    assert.deepEqual(outline(parsed.symbols), want.outline);
    assert.deepEqual(
      parsed.imports.map((one) => one.specifier),
      want.imports,
    );
  });
}

/** The one definition of this name that says the most. */
async function definition(file: string, name: string): Promise<SymbolDefinition> {
  const { parsed } = await analyse(file);
  const found = parsed.symbols
    .filter((s) => s.name === name)
    .sort((a, b) => b.documentation.length - a.documentation.length)[0];
  assert.ok(found, `${name} is defined in ${file}`);
  return found;
}

test('documentation is the comment above or the docstring within, without comment signs, past attributes and decorators', async () => {
  const want: readonly (readonly [string, string, string])[] = [
    ['sample.ts', 'Canvas', 'Draws shapes.\n@param T the shape'],
    ['sample.ts', 'add', 'Adds one.'],
    ['sample.py', 'Point', 'A point in the plane.'],
    ['sample.py', 'norm', 'Distance from the origin.'],
    ['sample.py', 'fetch', 'Not a docstring but a comment above.'],
    ['sample.go', 'Handle', 'Handle adds a route.'],
    ['sample.rs', 'Stack', 'A stack of things.'],
    ['Sample.java', 'addAll', 'Adds all.\n\n@param items the items'],
    ['sample.c', 'list', 'A linked list.'],
    ['sample.cpp', 'Widget', 'A widget.'],
    ['Sample.cs', 'Serializer', 'Serializes things.'],
    ['sample.rb', 'Response', 'A response.'],
    ['sample.php', 'Handler', 'Handles requests.'],
    ['sample.sh', 'usage', 'Prints usage.'],
    ['sample.ps1', 'Get-Greeting', 'Says hello.'],
    ['sample.ts', 'inner', ''],
  ];
  for (const [file, name, text] of want)
    assert.equal((await definition(file, name)).documentation, text, `${file} ${name}`);
});

test('documentation may be parted from its definition by an empty line where the language has a mark for it', async () => {
  const licence = '/**\n * Copyright (c) 2020 Somebody. MIT licence.\n */\n\n';
  const block = '/**\n * Opens it.\n */\n\n';
  const cases: readonly (readonly [language: string, text: string, name: string, documentation: string])[] = [
    ['javascript', `'use strict';\n\n${block}app.open = function open() {\n};\n`, 'open', 'Opens it.'],
    ['typescript', `import 'x';\n\n${block}export class Open {}\n`, 'Open', 'Opens it.'],
    ['typescriptreact', `import 'x';\n\n${block}export function Open() { return <p/>; }\n`, 'Open', 'Opens it.'],
    ['java', `package x;\n\n${block}@Deprecated\nclass Open {}\n`, 'Open', 'Opens it.'],
    ['php', `<?php\n\n${block}function open() {}\n`, 'open', 'Opens it.'],
    ['cpp', `#include "x.h"\n\n/// Opens it.\n/// Twice.\n\nvoid open() {}\n`, 'open', 'Opens it.\nTwice.'],
    ['c', `#include "x.h"\n\n/*! Opens it. */\n\nvoid open(void) {}\n`, 'open', 'Opens it.'],
    ['csharp', 'using X;\n\n/// <summary>Opens it.</summary>\n\nclass Open {}\n', 'Open', 'Opens it.'],
    ['rust', 'use x;\n\n/// Opens it.\n\n#[inline]\nfn open() {}\n', 'open', 'Opens it.'],
    [
      'powershell',
      '$x = 1\n\n<#\n.SYNOPSIS\nOpens it.\n#>\n\nfunction Open-It { }\n',
      'Open-It',
      '.SYNOPSIS\nOpens it.',
    ],
    // What is no documentation: a licence, the file's own comment, headings, other marks, two empty lines, values.
    ['javascript', `${licence}function open() {}\n`, 'open', ''],
    ['typescript', `import 'x';\n\n${licence}export class Open {}\n`, 'Open', ''],
    ['typescript', `/** What this file is for. */\n\nexport class Open {}\n`, 'Open', ''],
    ['javascript', `var a = 1;\n\n/**\n * Module dependencies.\n */\n\nfunction open() {}\n`, 'open', ''],
    ['javascript', `var a = 1;\n\n/** ---------- Helpers ---------- */\n\nfunction open() {}\n`, 'open', ''],
    ['javascript', `var a = 1;\n\n/** OPENING AND CLOSING (of doors) */\n\nfunction open() {}\n`, 'open', ''],
    ['javascript', `var a = 1;\n\n/** @typedef {string} Name */\n\nfunction open() {}\n`, 'open', ''],
    ['javascript', `var a = 1;\n\n// Helpers of the door\n\nfunction open() {}\n`, 'open', ''],
    ['javascript', `var a = 1;\n\n${block}\nfunction open() {}\n`, 'open', ''],
    ['javascript', `var a = 1;\n\n${block}var open = 2;\n`, 'open', ''],
    ['cpp', `int a; /**< Not of it. */\n\nvoid open() {}\n`, 'open', ''],
    ['cpp', `int a;\n\n/////////////////////\n\nvoid open() {}\n`, 'open', ''],
    ['go', 'package x\n\nvar a = 1\n\n// Opens it.\n\nfunc open() {}\n', 'open', ''],
    ['python', 'a = 1\n\n# Opens it.\n\ndef open():\n    pass\n', 'open', ''],
    ['ruby', "require 'x'\n\n# Opens it.\n\ndef open\nend\n", 'open', ''],
  ];
  for (const [language, text, name, documentation] of cases) {
    const parsed = await parser.analyse(text, language, 10_000);
    const found = parsed.symbols.find((symbol) => symbol.name === name);
    assert.ok(found, `${language}: ${text}`);
    assert.equal(found.documentation, documentation, `${language}: ${text}`);
  }
});

test('no name has a line end in it, also where a macro makes the grammar take a return type for a part of the name', async () => {
  const text =
    'namespace a {\ntemplate <typename C>\nSINCE_CXX20\n    inner::Iterator<C>\n    find(C& c) {\n' +
    '  struct Local { int held; };\n  return c.begin();\n}\n}\n';
  const { symbols, scopes } = await parser.analyse(text, 'cpp', 10_000);
  assert.ok(symbols.some(({ name }) => name === 'find'));
  for (const { name, scope } of symbols) assert.ok(![name, ...scope].some((one) => /\s/.test(one)), name);
  assert.ok(scopes.every((scope) => !scope.includes(' ')));
});

test('a signature is the declaration as written without its body', async () => {
  const want: readonly (readonly [string, string, string])[] = [
    ['sample.ts', 'Canvas', 'export class Canvas<T extends Shape> implements Drawable'],
    ['sample.ts', 'double', 'export const double = async (n: number): Promise<number>'],
    ['sample.py', 'fetch', 'async def fetch(url: str,\n                timeout: float = 1.0) -> bytes:'],
    ['sample.go', 'Mux', 'type Mux[T any] struct'],
    ['sample.go', 'Handle', 'func (mx *Mux[T]) Handle(pattern string, h Handler) error'],
    ['Sample.java', 'Sample', 'public class Sample<T> extends Base'],
  ];
  for (const [file, name, text] of want)
    assert.equal((await definition(file, name)).signature, text, `${file} ${name}`);
});

test('lines of a definition are right behind characters outside of the basic plane', async () => {
  const text = 'const a = "😀𝔸";\n// 😀\nfunction after() {\n  return 1;\n}\n';
  const parsed = await parser.analyse(text, 'typescript', 10_000);
  const after = parsed.symbols.find((s) => s.name === 'after');
  assert.deepEqual(
    [after?.startLine, after?.endLine, after?.signature, after?.documentation],
    [3, 5, 'function after()', '😀'],
  );
});

test('a class larger than a chunk is cut between its methods, and the chunk knows its scope', async () => {
  const methods = Array.from(
    { length: 30 },
    (_, i) => `  /** Number ${i}. */\n  method${i}(): string {\n    return '${'x'.repeat(60)}';\n  }\n`,
  ).join('\n');
  const text = `export class Large {\n${methods}}\n`;
  const parsed = await parser.analyse(text, 'typescript', 10_000);
  assertLossless(text, parsed);
  assert.ok(parsed.chunks.length > 2 * chunkFields);
  for (let at = chunkFields; at < parsed.chunks.length; at += chunkFields) {
    const content = text.slice(parsed.chunks[at + 2], parsed.chunks[at + 3]);
    assert.match(
      content,
      /^ {2}\/\*\* Number \d+\. \*\//,
      'a chunk begins with the comment of a method, never between comment and method',
    );
    assert.equal(parsed.scopes[at / chunkFields], 'Large');
  }
});

test('Markdown is cut at headings outside of code fences', () => {
  const text = readFileSync(path.join(folder, 'sample.md'), 'utf8');
  const long = text.replace('ls\n', 'ls -l\n'.repeat(100)).replace('More.', 'More. '.repeat(150));
  const parsed = analyseLines(long, 'markdown');
  assertLossless(long, parsed);
  const beginnings = [];
  for (let at = 0; at < parsed.chunks.length; at += chunkFields)
    beginnings.push(long.slice(parsed.chunks[at + 2]).split('\n', 1)[0]);
  assert.ok(beginnings.includes('## Second part'));
  assert.ok(!beginnings.includes('# not a heading'));
});

test('a million nested brackets are parsed without recursion', async () => {
  const text = `${'['.repeat(490_000)}${']'.repeat(490_000)}\n`;
  const parsed = await parser.analyse(text, 'javascript', 60_000);
  assertLossless(text, parsed);
});
