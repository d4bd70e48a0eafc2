/** Longsight's decoder as a subject of a speed measurement: its inner state, without the text around it. */
import { silentLogger } from '../../base/logging.ts';
import { prepareModel } from '../../models/weights/prepared-model.ts';
import { longsightHome } from '../../models/home.ts';
import { digitsPay } from '../probing/digit-trial.ts';
import { GraphSessions } from '../step/graph-sessions.ts';
import { Inference } from '../step/inference.ts';
import { bestId } from '../sampling/top-logits.ts';
import type { SubjectParameters } from './speed-protocol.ts';
import type { SpeedSubject } from './subject.ts';

export async function openOurs({ file, threads, contextLength, home }: SubjectParameters): Promise<SpeedSubject> {
  const prepared = await prepareModel({ file, home: longsightHome(home), logger: silentLogger });
  const { hyperparameters, isExact } = prepared;
  const sessions = new GraphSessions(prepared, threads);
  const digits = !isExact && (await digitsPay(longsightHome(home), threads));
  const inference = Inference.create(sessions, hyperparameters, { overCopy: !isExact, digits });
  const begin = (): void => {
    inference.reset();
    inference.begin([0], { rope: null, window: null, length: contextLength });
  };
  begin();
  const read = async (ids: readonly number[]): Promise<Float32Array> => {
    let logits = new Float32Array(0);
    for (let at = 0; at < ids.length;) {
      const slice = ids.slice(at, at + inference.sliceLength('last'));
      logits = new Float32Array(await inference.step(slice, 'last'));
      at += slice.length;
    }
    return logits;
  };
  return {
    vocabulary: hyperparameters.vocabulary,
    forget: () => {
      begin();
      return Promise.resolve();
    },
    read: async (ids) => {
      await read(ids);
    },
    first: async (ids) => {
      bestId(await read(ids), null);
    },
    generate: async (id, count) => {
      let next = id;
      for (let i = 0; i < count; i++) next = bestId(await inference.step([next], 'last'), null);
    },
  };
}
