/** How a definition is declared: exported, async, private, with parameters that may be left out. */
import type { IndexReader } from '../../../index/types.ts';
import { fileText } from '../../code/file-text.ts';
import type { Declared } from '../statements/claim.ts';
import type { Mention } from '../statements/mentions.ts';
import { type Bodies, type Body, headLength } from './bodies.ts';
import { type Known, agreed } from './known.ts';

const scripts = new Set('typescript typescriptreact javascript javascriptreact tsx jsx'.split(' '));
const withModifiers = new Set(['java', 'csharp', 'typescript', 'typescriptreact', 'kotlin', 'php', 'scala']);

export function isDeclared(reader: IndexReader, bodies: Bodies, subject: Mention, as: Declared): Known {
  const own = bodies.of(subject).filter(({ symbol }) => symbol.name === subject.name);
  if (own.length === 0) return 'unknown';
  const verdicts = own.map((body) => (as === 'exported' ? isExported(reader, body) : hasWord(body, as)));
  return verdicts.every((verdict) => verdict === verdicts[0]) ? agreed(verdicts) : 'unknown';
}

function isExported(reader: IndexReader, { symbol, path, language, text }: Body): Known {
  if (symbol.local || symbol.scope.length > 0) return 'unknown';
  if (language === 'go') return /^\p{Lu}/u.test(symbol.name) ? 'yes' : 'no';
  if (language === 'rust') return /^\s*pub\b/m.test(before(text, symbol.name)) ? 'yes' : 'unknown';
  if (!scripts.has(language)) return 'unknown';
  if (/\bexport\b/.test(before(text, symbol.name)) || /^\s*export\b/.test(symbol.signature)) return 'yes';
  const whole = fileText(reader, path)?.lines.join('\n') ?? '';
  const name = symbol.name.replaceAll('$', String.raw`\$`);
  const isNamed = new RegExp(
    String.raw`\bexport\s*(?:type\s*)?\{[^}]*(?<![\w$])${name}(?![\w$])|\bexport\s+(?:default|=)\s+${name}(?![\w$])|\bexports\b[^;]*?(?<![\w$])${name}(?![\w$])`,
  ).test(whole);
  return isNamed ? 'unknown' : 'no';
}

function hasWord({ symbol, text, language }: Body, word: Declared): Known {
  const head = before(text, symbol.name);
  if (head === '') return 'unknown';
  if (word === 'async') {
    if (new RegExp(String.raw`\basync\b`).test(head) || /=\s*async\b/.test(text.slice(0, 200))) return 'yes';
    // What is not async may return a promise all the same; only the word is denied.
    return scripts.has(language) || language === 'python' || language === 'rust' || language === 'csharp'
      ? 'no'
      : 'unknown';
  }
  if (!withModifiers.has(language)) return 'unknown';
  if (new RegExp(String.raw`\b${word}\b`).test(head)) return 'yes';
  const others = ['private', 'public', 'protected', 'internal'];
  if (!others.includes(word)) return 'no';
  return others.some((other) => other !== word && new RegExp(String.raw`\b${other}\b`).test(head)) ? 'no' : 'unknown';
}

/** What stands before the name in the declaration, comments and annotations of earlier lines left out. */
function before(text: string, name: string): string {
  const at = text.search(
    new RegExp(String.raw`(?<![\w$])${name.replaceAll(/[.*+?^${'$'}{}()|[\]\\]/g, String.raw`\$&`)}(?![\w$])`),
  );
  if (at < 0) return '';
  return text.slice(text.lastIndexOf('\n', at) + 1, at);
}

export function isOptional(bodies: Bodies, owner: Mention, parameter: Mention): Known {
  const name = parameter.name;
  if (name === null) return 'unknown';
  const heads = bodies
    .of(owner)
    .filter(({ symbol }) => symbol.kind === 'function' || symbol.kind === 'method')
    .map((body) => body.code.slice(0, Math.max(headLength(body), body.code.indexOf(')') + 1)));
  const verdicts = heads.flatMap((head): Known[] => {
    const found = new RegExp(
      String.raw`[(,]\s*(?:(?:public|private|protected|readonly|const|final|this|ref|out)\s+)*(?:[\w.<>[\]&*?]+\s+[&*]*)?${name.replaceAll('$', String.raw`\$`)}(\?)?\s*([^,)]*)`,
    ).exec(head);
    if (!found) return [];
    return [
      found[1] !== undefined ||
      /(?<![=!<>])=(?![=>])/.test(found[2] ?? '') ||
      /\bOption(?:al)?\b|\bundefined\b|\bNone\b/.test(found[2] ?? '')
        ? 'yes'
        : 'no',
    ];
  });
  return agreed(verdicts);
}
