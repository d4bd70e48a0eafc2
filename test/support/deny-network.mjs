// Preloaded with --import into a process under test: every attempt to reach another machine is written to $DENIED_LOG and refused.
import { appendFileSync } from 'node:fs';
import childProcess from 'node:child_process';
import dgram from 'node:dgram';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const log = process.env.DENIED_LOG;

function denied(what) {
  if (log) appendFileSync(log, `${what}\n`);
  return new Error(`denied by the test: ${what}`);
}

// http, https, tls, fetch and WebSocket all connect through this.
net.Socket.prototype.connect = function connect(...args) {
  throw denied(`connect ${JSON.stringify(args[0])}`);
};
for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
  dns[name] = (host) => {
    throw denied(`dns.${name} ${host}`);
  };
  dns.promises[name] = (host) => Promise.reject(denied(`dns.promises.${name} ${host}`));
}
dgram.createSocket = () => {
  throw denied('a datagram socket');
};
// What another program does cannot be seen from here: only those that work on local files may run.
const local = new Set(['git', process.execPath, 'node']);
for (const name of ['spawn', 'spawnSync', 'execFile', 'execFileSync', 'exec', 'execSync']) {
  const original = childProcess[name];
  childProcess[name] = (command, ...rest) => {
    if (!local.has(command)) throw denied(`${name} ${command}`);
    return original(command, ...rest);
  };
}
syncBuiltinESMExports();
