/**
 * Which tokens steer a model rather than spell text, by how they are written: files mark some of them as plain added tokens,
 * and repository text must not be able to write one.
 */

/** Names of tokens that end a turn or a text, for files that state only one of them. */
const ends: readonly string[] = [
  '<|im_end|>',
  '<|eot_id|>',
  '<|eom_id|>',
  '<|eot|>',
  '<|end|>',
  '<|return|>',
  '<|call|>',
  '<|calls|>',
  '<|flush|>',
  '<end_of_turn>',
  '<turn|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<|endofturn|>',
  '<EOT>',
  '_<EOT>',
  '[EOT]',
  '[EOS]',
  '<eos>',
  '</s>',
  '<end_of_utterance>',
  '<｜end▁of▁sentence｜>',
  '[e~[',
];
/** In that family "<|end|>" ends a channel, not the answer. */
const harmony = ['<|return|>', '<|flush|>'];

/** The ending tokens that count in a vocabulary. @param controls its control tokens by content */
export function endContents(controls: ReadonlyMap<string, number>): readonly string[] {
  return harmony.some((content) => controls.has(content)) ? ends.filter((content) => content !== '<|end|>') : ends;
}

const brackets =
  '\\[\\/?(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|TOOL_CONTENT|PREFIX|MIDDLE|SUFFIX|IMG|THINK)\\]';
const angles =
  '<\\/?(?:s|start_of_turn|end_of_turn|bos|eos|pad|unk|(?:seed:)?think|tool_call|tool_response|tools|end_of_utterance|fim[-_](?:prefix|middle|suffix|pad)|repo_name|reponame|file_sep|filename)>';
const whole = new RegExp(`^(?:<[|｜].*[|｜]>|<\\|[a-z_]+>|<[a-z_]+\\|>|${brackets}|${angles})$`, 'su');

/**
 * Such a spelling inside a text, for prompts that are split elsewhere. Between bars nothing that code puts there: no blank, no
 * other bar.
 */
export const controlInText = new RegExp(
  `<\\|[^|<>\\s]{1,64}\\|>|<｜[^｜<>]{1,64}｜>|<\\|[a-z_]{1,64}>|<[a-z_]{1,64}\\|>|\\[\\|[a-z]{1,64}\\|\\]|◁/?think▷|${brackets}|${angles}|${ends.map(escaped).join('|')}`,
  'gu',
);

function escaped(text: string): string {
  return text.replace(/[[\]|^$.*+?()\\{}/]/g, '\\$&');
}

/** Whether a token that is so written and was added to the vocabulary is for templates only. */
export function isControlSpelling(content: string): boolean {
  return whole.test(content) || ends.includes(content);
}

/** The form in which no vocabulary holds ordinary text: control tokens even where the file calls them normal. */
export function isBarSpelling(content: string): boolean {
  return /^<[|｜].*[|｜]>$/su.test(content);
}
