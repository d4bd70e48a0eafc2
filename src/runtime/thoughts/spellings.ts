/**
 * How published models write what they think before they answer. One table for decoders here and on servers; each row names the
 * models whose chat template or model card has that spelling.
 */

export interface ThoughtSpelling {
  readonly open: string;
  readonly close: string;
  /** Written in words rather than tags: text that begins like this is only a thought when the closing words follow. */
  readonly inWords?: true;
  /** What must follow the opening. */
  readonly followedBy?: RegExp;
}

export const thoughtSpellings: readonly ThoughtSpelling[] = [
  // DeepSeek-R1, Qwen3, QwQ, GLM-4.5, SmolLM3, Phi-4-reasoning, Granite 3.3, MiniMax-M2, Kimi-K2-Thinking and most others.
  { open: '<think>', close: '</think>' },
  // Magistral, Ministral 3 Reasoning.
  { open: '[THINK]', close: '[/THINK]' },
  // Prompts that ask for it in these words; Reflection-Llama.
  { open: '<thinking>', close: '</thinking>' },
  { open: '<reasoning>', close: '</reasoning>' },
  // EXAONE Deep.
  { open: '<thought>', close: '</thought>' },
  // OpenThinker, Sky-T1.
  { open: '<|begin_of_thought|>', close: '<|end_of_thought|>' },
  // Seed-OSS.
  { open: '<seed:think>', close: '</seed:think>' },
  // Command A Reasoning, Command R7B.
  { open: '<|START_THINKING|>', close: '<|END_THINKING|>' },
  // Kimi-VL-Thinking.
  { open: '◁think▷', close: '◁/think▷' },
  // Gemma 4.
  { open: '<|channel>thought', close: '<channel|>' },
  // Harmony (gpt-oss): every channel but the final one, which may be several messages.
  { open: '<|channel|>analysis', close: '<|channel|>final<|message|>' },
  { open: '<|channel|>commentary', close: '<|channel|>final<|message|>' },
  // Harmony from a server that leaves control tokens out.
  { open: 'analysis', close: 'assistantfinal', inWords: true, followedBy: /^\p{L}/u },
  // Granite 3.2.
  { open: 'Here is my thought process:', close: 'Here is my response:', inWords: true },
  // Apriel Thinker.
  { open: 'Here are my reasoning steps:', close: '[BEGIN FINAL RESPONSE]', inWords: true },
];

/** What stands around an answer behind a thought: OpenThinker, Granite 3.3 and ERNIE, Hunyuan, Command A, Apriel, Reflection. */
export const answerWrappers: readonly { readonly open: string; readonly close: string; readonly isTag?: true }[] = [
  { open: '<|begin_of_solution|>', close: '<|end_of_solution|>', isTag: true },
  { open: '<|START_RESPONSE|>', close: '<|END_RESPONSE|>', isTag: true },
  { open: '<|START_TEXT|>', close: '<|END_TEXT|>', isTag: true },
  { open: '<response>', close: '</response>' },
  { open: '<answer>', close: '</answer>' },
  { open: '<output>', close: '</output>' },
  { open: '<|channel|>final<|message|>', close: '<|return|>', isTag: true },
];

/** Closings of answers whose opening closed the thought. */
export const closingsBehind: Readonly<Record<string, string>> = {
  '[BEGIN FINAL RESPONSE]': '[END FINAL RESPONSE]',
  '<|channel|>final<|message|>': '<|return|>',
};

/** What harmony writes before a channel. */
export const turnHeaders: readonly string[] = ['<|start|>assistant'];

/** Whether a control token is a part of one of these spellings. */
export function isThoughtControl(content: string): boolean {
  return all.some((spelling) => spelling.includes(content));
}

/** Whether a chat template may open a thought, for templates in a language that is not run here. */
export function opensThoughts(template: string): boolean {
  return thoughtSpellings.some(({ open, followedBy }) => !followedBy && template.includes(open));
}

const all = [
  ...thoughtSpellings.flatMap(({ open, close }) => [open, close]),
  ...answerWrappers.flatMap(({ open, close }) => [open, close]),
  ...turnHeaders,
];
