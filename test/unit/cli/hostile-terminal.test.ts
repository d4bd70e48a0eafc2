/**
 * A repository that tries to steer the terminal: escape sequences, line feeds and bidirectional overrides in names, comments,
 * manifests and settings, and a server that sends a sequence in two pieces. Every command, through a pipe and a terminal.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, it } from 'node:test';
import { longsight } from '../../support/command-line.ts';
import { delta, end, finish, models, stream } from '../../support/model-server.ts';
import { modelServer } from '../../support/remote-decoder.ts';
import { smallRepository, temporaryFolder } from '../../support/small-repository.ts';

const launcher = path.resolve(import.meta.dirname, '../../../dist/longsight.mjs');

/** Takes the clipboard; a link; clears the screen; colours; a C1 introducer; turned-around text. */
const attacks = {
  clipboard: '\u001b]52;c;bG9uZ3NpZ2h0\u0007',
  link: '\u001b]8;;https://example.com\u001b\\crane\u001b]8;;\u001b\\',
  clear: '\u001b[2J\u001b[H',
  colour: '\u001b[5;31;45m',
  c1: '\u009b31m\u009d52;c;aGk=\u009c',
  bidi: '\u202eevil\u2066\u2069',
  separators: '\u2028\u2029\u007f\u0008\u0000',
} as const;
const all = Object.values(attacks).join(' ');
const inName = all.replaceAll('\u0000', '').replaceAll('/', '-');
const injected = 'LS9999: injected';

function hostileRepository(t: TestContext): string {
  const folder = smallRepository(t);
  const files: Record<string, string> = {
    'package.json': JSON.stringify({
      name: `crane${attacks.link}`,
      description: `Crane ${all}`,
      scripts: { [`test${attacks.colour}`]: `crane ${all}` },
      main: `crane${attacks.clear}.js`,
    }),
    'README.md': `# Crane ${all}\n\nThe crane ${all} unloads ships.\n`,
    [`src/crane${inName}.py`]: `# ${attacks.bidi.repeat(2)}\ndef lift_crane():\n    """Lifts the crane ${attacks.clipboard}."""\n    return "${attacks.link}"\n`,
    [`src/crane\n${injected}\n.py`]: 'def lower_crane():\n    """Lowers the crane."""\n    return lift_crane()\n',
    [`src/${attacks.bidi}/deep.py`]: `from crane import lift_crane\n\n\ndef use_crane():\n    return lift_crane()\n`,
    '.gitignore': `ignored${attacks.colour}*\n`,
    [`ignored${attacks.colour}.py`]: 'x = 1\n',
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  }
  return folder;
}

const commands: readonly (readonly string[])[] = [
  ['index', '--lexical-only'],
  ['ask', 'How is the crane lifted?', '--no-download'],
  ['ask', `What is the crane ${attacks.clipboard}?`, '--no-download'],
  ['ask', 'Where are quarterly bananas invoiced?', '--no-download'],
  ['search', 'crane'],
  ['explain', `src/crane${inName}.py:2`],
  ['explain', `src/crane\n${injected}\n.py`],
  ['explain', `src/absent${attacks.clear}.py`],
  ['summarize'],
  ['summarize', `src/${attacks.bidi}`],
  ['status'],
  ['why', `ignored${attacks.colour}.py`],
  ['why', `src/crane\n${injected}\n.py`],
  ['models', 'list'],
  ['models', 'inspect', `absent${attacks.clipboard}.gguf`],
  ['generate', '--prompt', 'a', '--model', `absent${attacks.link}.gguf`],
  ['status', '--repository', `absent${attacks.clear}`],
  ['status', `--unknown${attacks.colour}`],
  ['models', `nonsense${attacks.clipboard}`],
];

const isSteering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function harmless(text: string, what: string): void {
  const found = isSteering.exec(text);
  assert.equal(found && JSON.stringify(text.slice(Math.max(found.index - 60, 0), found.index + 20)), null, what);
  assert.ok(!text.split('\n').some((line) => line.startsWith(injected)), `${what}: a name makes a line of its own`);
}

describe('a repository that tries to steer the terminal', () => {
  it('reaches no pipe with a control sequence, by any command', async (t) => {
    const where = { cwd: hostileRepository(t), home: temporaryFolder(t, 'home') };
    for (const args of commands) {
      const { stdout, stderr } = await longsight(args, where);
      harmless(stdout, args.join(' '));
      harmless(stderr, args.join(' '));
    }
    for (const args of commands.filter(([name]) => name !== 'index')) {
      const { stdout, stderr } = await longsight([...args, '--json'], where);
      harmless(stdout, `${args.join(' ')} --json`);
      harmless(stderr, `${args.join(' ')} --json`);
      if (stdout !== '') JSON.parse(stdout);
    }
    const { stdout } = await longsight(['ask', 'How is the crane lifted?', '--no-download', '--stream-json'], where);
    harmless(stdout, '--stream-json');
    assert.ok(
      stdout
        .trim()
        .split('\n')
        .some((line) => (JSON.parse(line) as { text?: string }).text?.includes(attacks.clipboard)),
      'JSON says what the file says',
    );
  });

  it('reaches no terminal, and our own colours do', { skip: process.platform !== 'linux' }, (t) => {
    const cwd = hostileRepository(t);
    const env = {
      ...process.env,
      LONGSIGHT_HOME: temporaryFolder(t, 'home'),
      LONGSIGHT_MODEL: '',
      LONGSIGHT_OFFLINE: '1',
      TERM: 'xterm-256color',
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      CI: undefined,
    };
    for (const args of [commands[1], commands[4], commands[5], commands[8], commands[11], commands[13]]) {
      const quoted = [process.execPath, launcher, ...(args ?? [])].map((word) => `'${word}'`).join(' ');
      const { stdout } = spawnSync('script', ['-qec', quoted, '/dev/null'], { cwd, env, encoding: 'utf8' });
      // A terminal's line ends, our colours, and what the line of progress moves the cursor by.
      const rest = stdout
        .replaceAll('\r', '')
        .replaceAll(/\u001b(?:\[(?:[0-9]|[1-4][0-9])m|\[\?(?:25|7)[lh]|\[\d*[GK]|\[\d+D|[78])/g, '');
      harmless(rest, `${args?.join(' ') ?? ''} on a terminal`);
      assert.ok(!stdout.includes(attacks.colour));
      if (args?.[0] === 'search') assert.match(stdout, /\u001b\[36m/);
    }
  });

  it('a model cannot send a sequence in two pieces', async (t) => {
    const server = await modelServer(t);
    const pieces = Array.from(attacks.clipboard + attacks.c1 + attacks.bidi + attacks.clear).map(delta);
    server.on('GET /v1/models', models('openai', { id: 'gpt' }));
    server.on('POST /v1/chat/completions', stream(...pieces, finish(), end));
    const options = {
      cwd: hostileRepository(t),
      home: temporaryFolder(t, 'home'),
      env: { LONGSIGHT_OFFLINE: '', LONGSIGHT_SERVER_CONTEXT: '4096' },
    };
    for (const json of [[], ['--json']]) {
      const args = ['generate', '--chat', '--prompt', 'a', '--model', server.address, ...json];
      const { code, stdout, stderr } = await longsight(args, options);
      assert.equal(code, 0, stderr);
      harmless(stdout + stderr, args.join(' '));
      assert.match(stdout, /52;c;bG9uZ3NpZ2h0/, 'it is shown');
    }
  });
});
