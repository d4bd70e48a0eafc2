/** What stands in for a tokenizer where a model brings none: ids are computed with and shown as numbers, text cannot be read. */
import { fault } from '../../base/errors.ts';
import type { TokenizerDefinition } from './definition.ts';

/** @param why there is none, for whoever asks for text @param count of ids @param endIds at which an answer ends */
export function idsOnly(why: string, count: number, endIds: readonly number[]): TokenizerDefinition {
  const unable = (): never => {
    throw fault('LS2021', why);
  };
  return {
    pieces: () => ({ encode: unable, normalize: unable, encodeNormalized: unable }),
    added: [],
    contents: Array.from({ length: count }, (_, id) => `<${String(id)}>`),
    decoding: 'bytes',
    bytesOf: (content) => Buffer.from(content, 'utf8'),
    spacePrefix: false,
    endIds,
    prefixIds: [],
    suffixIds: [],
    beginId: null,
    unknownId: null,
  };
}
