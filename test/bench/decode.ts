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
  const sessions = new GraphSessions(prepared.folder, threads);
  const inference = new Inference(sessions, prepared.hyperparameters);
  const takeIn = async (ids: readonly number[]): Promise<void> => {
    for (let at = 0; at < ids.length;) {
      const slice = ids.slice(at, at + inference.sliceLength('last'));
      await inference.step(slice, 'last');
      at += slice.length;
    }
  };
  return {
    prefill: async (past, ids) => {
      inference.reset();
      inference.begin([...past, ...ids], { rope: parseRope('default'), window: null, length });
      await takeIn(past);
      const started = performance.now();
      await takeIn(ids);
      return performance.now() - started;
    },
    decode: async (id, count) => {
      const started = performance.now();
      let next = id;
      for (let i = 0; i < count; i++) next = bestId(await inference.step([next], 'last'), null);
      return performance.now() - started;
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
function note(who: 'ours' | 'peer', name: string, tokens: number, ms: number): void {
  process.stderr.write(`${who} ${name}: ${((tokens / ms) * 1000).toFixed(1)} tokens/s\n`);
  speeds[who][name] = Math.max(speeds[who][name] ?? 0, (tokens / ms) * 1000);
}
for (let round = 0; round < Number(values.rounds); round++) {
  for (const past of pasts) {
    for (const who of ['ours', 'peer'] as const) {
      const subject = subjects[who];
      const before = past === pasts[0] ? [] : text.slice(0, past);
      note(
        who,
        `prefill-${String(before.length)}`,
        prefillTokens,
        await subject.prefill(before, text.slice(past, past + prefillTokens)),
      );
      await subject.prefill(text.slice(0, past - 1), text.slice(past - 1, past));
      note(who, `decode-${String(past)}`, decodeTokens, await subject.decode(17, decodeTokens));
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
