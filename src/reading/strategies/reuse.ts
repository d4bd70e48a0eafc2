/**
 * The strategy `reuse`: as many of the best sources as fit, in one prompt, of which each is read apart behind the system's message. What
 * was read so for an earlier question, in whatever place and company, is taken from the disk and joined, and the first tokens of each
 * source are computed again where it stands now (src/runtime/reuse/joined-chunks.ts).
 *
 * A source is found there only when it is the same to the token, so it stands under a number that follows from its text, and in forms
 * that do not depend on the question.
 */
import { createHash } from 'node:crypto';
import { say } from '../../base/sentences.ts';
import { holds } from '../../runtime/reuse/reuse-verdict.ts';
import { settled } from '../../runtime/settled.ts';
import type { PromptFrame, ReadableSource } from '../plan.ts';
import type { ReadingStrategy } from '../strategy.ts';
import { planOf } from '../one-prompt.ts';

export const reuse: ReadingStrategy = {
  name: 'reuse',
  hindered: ({ frame, decoder: { info } }) => {
    if (!frame.choice) return say('the decoder only quotes');
    if (info.server) return say('a server keeps what it keeps');
    if (info.provider !== 'cpu') return say('keys and values are joined on the processor only');
    if (!info.reuse) return say('it was not tried yet how well {0} reads sources that are joined', info.displayName);
    if (!holds(info.reuse, 'joined'))
      return say(
        '{0} agrees with a full reading in {1} % of its words where sources are joined',
        info.displayName,
        Math.floor(100 * info.reuse.joined.agreement),
      );
    if (frame.history.length > 0) return say('the conversation stands before the sources');
    return null;
  },
  async *read({ frame, sources, decoder, limits, signal }) {
    const labelled = labelledFrame(frame);
    const plan = await settled(decoder, () => planOf(labelled, sources.map(withoutLines), decoder, limits), signal);
    const blocks = plan.read.map(({ source }) => labelled.renderSource(source));
    const joins = { sources: frame.map === '' ? blocks : [frame.map, ...blocks], question: frame.question };
    const labels = new Map(plan.read.map(({ source }) => [labelOf(source), source.number]));
    yield { type: 'answer', plan: { ...plan, joins, labels } };
  },
};

function labelledFrame(frame: PromptFrame): PromptFrame {
  return { ...frame, renderSource: (source) => frame.renderSource({ ...source, number: labelOf(source) }) };
}

/** A number of three digits that a source has for every question; that two have the same is seldom, and costs the one its citations. */
function labelOf({ path, text }: ReadableSource): number {
  return 100 + (createHash('sha256').update(`${path}\n${text}`).digest().readUInt32LE(0) % 900);
}

/** Without the forms that hold the lines that matter for the question. */
function withoutLines(source: ReadableSource): ReadableSource {
  return source.forms ? { ...source, forms: source.forms.filter(({ kind }) => kind !== 'lines') } : source;
}
