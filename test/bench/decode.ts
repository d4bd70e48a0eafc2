/**
 * Prefill and decode tokens/s beside llama.cpp on the same GGUF file, taking turns in one run; the best of the rounds counts.
 *
 *   node test/bench/decode.ts FILE.gguf [--threads N] [--rounds N] [--past 128,1024,4096]
 *
 * Prints a line a case and one JSON document { ours, peer, ratio }, keyed by the past's length; ratio > 1: ours is faster.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { silentLogger } from '../../src/base/logging.ts';
import { prepareModel } from '../../src/models/architectures/prepared-model.ts';
import { longsightHome } from '../../src/models/home.ts';
import { GraphSessions } from '../../src/runtime/graph-sessions.ts';
import { Inference } from '../../src/runtime/inference.ts';
import { parseRope } from '../../src/runtime/rope/specification.ts';
import { bestId } from '../../src/runtime/sampling/top-logits.ts';
import { defaultThreads } from '../../src/runtime/threads.ts';
import { type SpeedSubject, openLlamaCpp } from './llama-cpp.ts';

const prefillTokens = 256;
const decodeTokens = 32;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    threads: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    past: { type: 'string', default: '128,1024,4096' },
  },
});
const [file] = positionals;
if (file === undefined) throw new Error('give a GGUF file');
const threads = values.threads === undefined ? defaultThreads() : Number(values.threads);
const pasts = values.past.split(',').map(Number);
const home = longsightHome();

async function openOurs(gguf: string, length: number): Promise<SpeedSubject> {
  const prepared = await prepareModel({ file: gguf, home, logger: silentLogger });
  const sessions = new GraphSessions(prepared, threads);
  const inference = Inference.create(sessions, prepared.hyperparameters);
  return {
    forget: () => {
      inference.reset();
      inference.begin([0], { rope: parseRope('default'), window: null, length });
      return Promise.resolve();
    },
    takeIn: async (ids) => {
      for (let at = 0; at < ids.length;) {
        const slice = ids.slice(at, at + inference.sliceLength('last'));
        await inference.step(slice, 'last');
        at += slice.length;
      }
    },
    decode: async (id, count) => {
      let next = id;
      for (let i = 0; i < count; i++) next = bestId(await inference.step([next], 'last'), null);
    },
    close: () => sessions.release(),
  };
}

const length = Math.max(...pasts) + prefillTokens + decodeTokens + 8;
const subjects: Readonly<Record<'ours' | 'peer', SpeedSubject>> = {
  ours: await openOurs(file, length),
  peer: await openLlamaCpp(path.join(home, 'peers'), file, threads, length),
};
// Words of the vocabulary in an order without meaning: speed does not depend on what they are.
const text = Array.from({ length }, (_, i) => 1000 + ((i * 7919) % 20_000));
const speeds: Record<'ours' | 'peer', Record<string, number>> = { ours: {}, peer: {} };

/** Times the work and keeps the best of all rounds; the processor's time tells how busy the machine was with other things. */
async function time(who: 'ours' | 'peer', name: string, tokens: number, work: () => Promise<void>): Promise<void> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  await work();
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  speeds[who][name] = Math.max(speeds[who][name] ?? 0, tokens / seconds);
  process.stderr.write(
    `${who} ${name}: ${(tokens / seconds).toFixed(1)} tokens/s, ${(tokens / cpuSeconds).toFixed(1)} a processor second\n`,
  );
}

for (let round = 0; round < Number(values.rounds); round++) {
  for (const past of [0, ...pasts]) {
    for (const who of ['ours', 'peer'] as const) {
      const subject = subjects[who];
      await subject.forget();
      if (past > 0) {
        await subject.takeIn(text.slice(0, past));
        await time(who, `decode-${String(past)}`, decodeTokens, () => subject.decode(17, decodeTokens));
      }
      if (past !== pasts[0])
        await time(who, `prefill-${String(past)}`, prefillTokens, () =>
          subject.takeIn(text.slice(past, past + prefillTokens)),
        );
    }
  }
}
const ratio = Object.fromEntries(
  Object.entries(speeds.ours).map(([name, speed]) => [name, speed / (speeds.peer[name] ?? Number.NaN)]),
);
for (const name of Object.keys(ratio)) {
  process.stderr.write(
    `${name.padEnd(14)} ours ${(speeds.ours[name] ?? 0).toFixed(0).padStart(5)}  peer ${(speeds.peer[name] ?? 0).toFixed(0).padStart(5)} tokens/s  ratio ${(ratio[name] ?? 0).toFixed(2)}\n`,
  );
}
process.stdout.write(`${JSON.stringify({ ...speeds, ratio })}\n`);
await subjects.ours.close();
await subjects.peer.close();
