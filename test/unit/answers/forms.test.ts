/** The forms in which a definition can be read, over real grammars: what they hold, and that they say truly which lines. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileText } from '../../../src/answers/code/file-text.ts';
import { contentWords, namesIn } from '../../../src/answers/code/words.ts';
import { formsOfDefinition } from '../../../src/answers/evidence/dossier/forms.ts';
import { questionWords } from '../../../src/answers/evidence/dossier/question-words.ts';
import type { SourceForm } from '../../../src/reading/plan.ts';
import { indexFiles } from '../../support/indexed-folder.ts';

const filler = (sign: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${sign}step${at}();`);

const files = {
  'pool.go': [
    'package pool',
    '',
    '// Recycle gives a connection back to the pool.',
    '// A broken one is closed.',
    'func Recycle(c *Conn) error {',
    ...filler('\t', 30),
    '\tif c.broken {',
    '\t\treturn c.Close()',
    '\t}',
    ...filler('\t', 30),
    '\treturn nil',
    '}',
  ].join('\n'),
  'pool.ts': [
    '/**',
    ' * Gives a connection back.',
    ' *',
    ' * @param connection what was taken',
    ' */',
    'export function recycle(connection: Connection): void {',
    ...filler('  ', 40),
    '  if (connection.isBroken) {',
    '    for (const listener of listeners) {',
    '      listener.onBroken(connection);',
    '    }',
    '  }',
    '}',
  ].join('\n'),
  'pool.rs': [
    '/// Gives a connection back.',
    '#[inline]',
    'pub fn recycle(connection: Connection) {',
    ...filler('    ', 30),
    '}',
  ].join('\n'),
  'pool.py': [
    'def recycle(connection):',
    '    """Gives a connection back.',
    '',
    '    A broken one is closed.',
    '    """',
    ...Array.from({ length: 40 }, (_, at) => `    step${at}()`),
    '    if connection.broken:',
    '        raise BrokenConnection(connection)',
  ].join('\n'),
  'Pool.java': [
    'class Pool {',
    '  /**',
    '   * Gives a connection back.',
    '   */',
    '  @Override',
    '  public void recycle(Connection connection) {',
    ...filler('    ', 40),
    '    if (connection.isBroken()) throw new BrokenConnection();',
    '  }',
    '}',
  ].join('\n'),
};

void test('documentation is in every form but the last, and a form holds the lines that it names', async (t) => {
  const { index } = await indexFiles(t, 'pool', files);
  const question = 'What happens to a broken connection when it is recycled?';
  const words = questionWords(contentWords(question), namesIn(question), Object.values(files));
  for (const path of Object.keys(files)) {
    const file = fileText(index.reader, path);
    const symbols = index.reader.symbolsOf(path);
    const symbol = symbols.find(({ name }) => name.toLowerCase() === 'recycle');
    assert.ok(file && symbol, path);
    const forms = formsOfDefinition(file, symbol, symbols, words);
    const kinds = forms.map(({ kind }) => kind);
    assert.equal(kinds[0], 'whole', path);
    assert.ok(kinds.includes('lines'), `${path}: ${kinds.join()}`);
    for (const one of forms) {
      if (one.kind !== 'signature') assert.match(one.text, /connection back/, `${path} ${one.kind}`);
      assert.match(one.text, /recycle/i, `${path} ${one.kind}`);
      holdsItsLines(one, file.lines, `${path} ${one.kind}`);
    }
    const lines = forms.find(({ kind }) => kind === 'lines')?.text ?? '';
    // Rust's has nothing of the question in its body.
    if (path !== 'pool.rs') assert.match(lines, /[bB]roken/, path);
    assert.ok(lines.split('\n').length < 35, `${path} holds ${lines.split('\n').length} lines`);
  }
});

void test('a line that matters brings the heads of its blocks', async (t) => {
  const { index } = await indexFiles(t, 'pool', files);
  const file = fileText(index.reader, 'pool.ts');
  const symbols = index.reader.symbolsOf('pool.ts');
  const symbol = symbols.find(({ name }) => name === 'recycle');
  assert.ok(file && symbol);
  const words = questionWords(contentWords('listener'), [], [file.lines.join('\n')]);
  const text = formsOfDefinition(file, symbol, symbols, words).find(({ kind }) => kind === 'lines')?.text ?? '';
  assert.match(text, /if \(connection\.isBroken\) \{[^]*for \(const listener[^]*onBroken/);
});

/** The text is the named lines in order, with `…` between runs of them. */
function holdsItsLines({ text, lines }: SourceForm, all: readonly string[], message: string): void {
  const runs = lines.map(({ startLine, endLine }) => all.slice(startLine - 1, endLine).join('\n'));
  const parts = text.split(/\n[ \t]*…\n/);
  assert.deepEqual(parts, runs, message);
}
