/** Stands for a driver that takes its process down. */
process.stdout.write('a driver says something\n', () => {
  process.kill(process.pid, 'SIGKILL');
});
