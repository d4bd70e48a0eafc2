/** Names that are more than letters and digits are looked up as their language has them, and no absence is claimed that is not known. */
import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { answersOver } from '../../support/answers-over.ts';
import { indexFiles } from '../../support/indexed-folder.ts';

const never = new AbortController().signal;

/** What the explanation of the definition on a line says of its uses. */
async function usedBy(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  [path, line]: readonly [string, number],
): Promise<string> {
  const folder = await indexFiles(t, 'language-names', files);
  const { answers, onEvent } = answersOver(folder);
  const { answer } = await answers.explain({ path, startLine: line }, onEvent, never);
  const at = answer.indexOf('**Used by**');
  assert.ok(at >= 0, answer);
  return answer.slice(at);
}

const cases = {
  PowerShell: {
    'a.ps1': 'function Get-Widget {\n    param($Id)\n    return $Id\n}\n',
    'b.ps1': 'function Show-All {\n    # Get-Widget is called in any case of its letters.\n    get-widget -Id 3\n}\n',
  },
  Ruby: {
    'a.rb': 'class Order\n  def valid?\n    true\n  end\nend\n',
    'b.rb': 'def ship(order)\n  log(1)\n  deliver(order) if order.valid?\nend\n',
  },
  shell: {
    'a.sh': 'my-func() {\n  echo one\n  echo two\n}\n',
    'b.sh': 'run_all() {\n  echo first\n  my-func\n}\n',
  },
} as const;

const definitions = {
  PowerShell: ['a.ps1', 1, 'b.ps1'],
  Ruby: ['a.rb', 2, 'b.rb'],
  shell: ['a.sh', 1, 'b.sh'],
} as const;

describe('names of languages', () => {
  for (const language of ['PowerShell', 'Ruby', 'shell'] as const)
    it(`finds the use of a ${language} name`, async (t) => {
      const [path, line, user] = definitions[language];
      const said = await usedBy(t, cases[language], [path, line]);
      assert.match(said, new RegExp(`\`${user.replace('.', '\\.')}:3\``));
      assert.doesNotMatch(said, /No other use/);
    });

  it('does not claim that nothing uses a name that the text holds again', async (t) => {
    const files = {
      'a.py': 'def weigh(parcel):\n    return parcel\n',
      'b.py': 'def call():\n    """Calls by name."""\n    return globals()["weigh"](1)\n',
    };
    const said = await usedBy(t, files, ['a.py', 1]);
    assert.match(said, /No use of the name `weigh` was recognised; one other line holds it/);
  });

  it('claims it where the text does not', async (t) => {
    const said = await usedBy(t, { 'a.py': 'def weigh(parcel):\n    return parcel\n' }, ['a.py', 1]);
    assert.match(said, /No other use of the name `weigh` in the 1 file that is indexed/);
  });

  it('of CSS are found in the rules that use them', async (t) => {
    const files = {
      'a.css': ':root {\n  --accent: red;\n}\n',
      'b.css': '.card {\n  color: blue;\n  border-color: var(--accent);\n}\n',
    };
    const folder = await indexFiles(t, 'language-names', files);
    const { answers, onEvent } = answersOver(folder);
    const { answer } = await answers.explain({ path: 'a.css', startLine: 2 }, onEvent, never);
    assert.doesNotMatch(answer, /No other use of the name `--accent`/);
  });
});
