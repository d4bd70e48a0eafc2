#!/usr/bin/env node
// Starts the command line: tells an old Node what is needed in syntax that it can still parse, and hides Node's warning that its SQLite is experimental.
var version = process.versions.node.split('.').map(Number);
var major = version[0] || 0;
var minor = version[1] || 0;

if (major < 22 || (major === 22 && minor < 16)) {
  var message = 'This version of Node is too old: ' + process.version + '.';
  var hint = 'Longsight needs Node 22.16 or later; in a checkout use "npm run longsight --", which brings its own.';
  process.stderr.write('LS1001: ' + message + ' ' + hint + '\n');
  if (process.argv.indexOf('--json') !== -1) {
    process.stdout.write(JSON.stringify({ error: { code: 'LS1001', message: message, hint: hint } }) + '\n');
  }
  process.exitCode = 1;
} else {
  // Replacing the emitter also covers the worker threads' parent; `--disable-warning` would need a second process.
  var emitWarning = process.emitWarning;
  process.emitWarning = function (warning, ...rest) {
    var kind = typeof rest[0] === 'string' ? rest[0] : rest[0] && rest[0].type;
    if (kind !== 'ExperimentalWarning') emitWarning.call(process, warning, ...rest);
  };
  // Until the command line is loaded and listens itself.
  process.once('SIGINT', function () {
    process.exit(130);
  });
  import(new URL('cli.mjs', import.meta.url).href).catch(function (error) {
    process.stderr.write('LS1000: Longsight could not be loaded: ' + error.message + '\n');
    process.exitCode = 1;
  });
}
