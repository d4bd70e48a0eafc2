/** The process of one subject of a speed measurement: Longsight's decoder or llama.cpp, alone, so that its memory and time are its own. */
import { processConnection } from '../../protocol/rpc-transport.ts';
import { toResponseError } from '../../protocol/rpc-errors.ts';
import { openLlamaCpp } from './llama-cpp-subject.ts';
import { openOurs } from './our-subject.ts';
import type { SpeedSubject } from './subject.ts';
import { type Cost, first, forget, generate, openSubject, peakMemory, read } from './speed-protocol.ts';

const connection = processConnection(process);
let subject: SpeedSubject | undefined;

function opened(): SpeedSubject {
  if (!subject) throw new Error('nothing is open');
  return subject;
}

async function answer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toResponseError(error);
  }
}

async function timed(work: () => Promise<void>): Promise<Cost> {
  const before = process.cpuUsage();
  const started = performance.now();
  await work();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { ms, cpuMs: (user + system) / 1000 };
}

connection.onRequest(openSubject, (parameters) =>
  answer(async () => {
    subject = parameters.peer ? await openLlamaCpp(parameters, parameters.peer) : await openOurs(parameters);
    return { vocabulary: subject.vocabulary };
  }),
);
connection.onRequest(forget, () =>
  answer(async () => {
    await opened().forget();
    return null;
  }),
);
connection.onRequest(read, ({ ids }) => answer(() => timed(() => opened().read(ids))));
connection.onRequest(generate, ({ id, count }) => answer(() => timed(() => opened().generate(id, count))));
connection.onRequest(first, ({ ids }) => answer(() => timed(() => opened().first(ids))));
connection.onRequest(peakMemory, () => process.resourceUsage().maxRSS * 1024);
connection.listen();
process.once('disconnect', () => process.exit(0));
