/** How long this thread has computed: what a limit on work is measured by, for the clock also runs while other programs compute. */
import { readFileSync } from 'node:fs';

/** Linux counts a thread's time in hundredths of a second (USER_HZ, fixed in its interface to programs), in these fields. */
const tick = 10;
const userField = 11;
const systemField = 12;

/**
 * Milliseconds that this thread has computed for. By Node's own count where it has one (from 23.9 on), by the system's on Linux;
 * elsewhere that of all threads of the process, which is never less.
 */
export function threadTime(): number {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => NodeJS.CpuUsage };
  if (threadCpuUsage) return milliseconds(threadCpuUsage.call(process));
  return linuxThreadTime() ?? milliseconds(process.cpuUsage());
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1000;
}

/** From /proc/thread-self/stat (proc(5)); undefined where there is none. */
function linuxThreadTime(): number | undefined {
  try {
    const stat = readFileSync('/proc/thread-self/stat', 'utf8');
    // The second field, the name in brackets, may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[userField]) + Number(fields[systemField]);
    return Number.isFinite(ticks) ? ticks * tick : undefined;
  } catch {
    return undefined;
  }
}
