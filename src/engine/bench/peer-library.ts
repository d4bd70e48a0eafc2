/** The other decoder that ours is measured beside: node-llama-cpp, in LONGSIGHT_HOME/peers, never part of Longsight. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { openOutbound } from '../../models/network.ts';
import { runProgram } from '../../models/sources/child-process.ts';

const version = '3.22.1';

/** Its name and version, for reports. */
export const peerName = `node-llama-cpp ${version}`;

/**
 * Its module.
 * @param install fetches it through npm when it is not there
 * @throws LS1006 when it is not there and is not to be fetched, or cannot be; LS2007 when the user wants no network; CancelledError
 */
export async function peerLibrary(
  home: string,
  { install, offline }: { readonly install: boolean; readonly offline: boolean },
  signal: AbortSignal,
): Promise<string> {
  const folder = path.join(home, 'peers', `node-llama-cpp-${version}`);
  const entry = path.join(folder, 'node_modules/node-llama-cpp/dist/index.js');
  if (existsSync(entry)) return entry;
  if (!install) throw fault('LS1006', say('{0} is not in {1}', peerName, folder));
  openOutbound(peerName, offline);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const command = [npm, 'install', '--ignore-scripts', '--no-audit', '--no-fund', `node-llama-cpp@${version}`];
  const outcome = await runProgram(command, { cwd: folder, signal });
  if (!outcome) throw fault('LS1006', say('npm is not installed'));
  if (outcome.code !== 0 || !existsSync(entry))
    throw fault('LS1006', say('npm said: {0}', outcome.output.trim().slice(-500)));
  return entry;
}
