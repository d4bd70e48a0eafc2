/** What an npm says of itself does not reach an npm of another Node; the user's settings do. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { it } from 'node:test';
import { withoutOuterNpm } from '../../../tools/outer-npm.ts';

const outer = {
  ...process.env,
  npm_config_user_agent: 'npm/10.0.0 node/v20.0.0 linux x64',
  npm_lifecycle_event: 'test:vscode',
  npm_config_fetch_retries: '7',
};
const ask = (environment: NodeJS.ProcessEnv, name: string): string =>
  execFileSync('npm', ['config', 'get', name], {
    env: environment,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  }).trim();

it('an inner npm names its own Node, and keeps what the user has set', () => {
  assert.match(ask(outer, 'user-agent'), /v20\.0\.0/);
  const inner = withoutOuterNpm(outer);
  assert.doesNotMatch(ask(inner, 'user-agent'), /v20\.0\.0/);
  assert.equal(ask(inner, 'fetch-retries'), '7');
  assert.equal(inner['npm_lifecycle_event'], undefined);
  assert.equal(inner['PATH'], process.env['PATH']);
});
