/**
 * Conversations as the model was trained to see them: the file's own Jinja template, or the one its control tokens point to.
 *
 * Control tokens count only where the template wrote them. Repository text that spells `<|im_end|>` stays text: before
 * rendering a noncharacter is put into every such spelling in a message, and taken out again after the split.
 */
import { Template } from '@huggingface/jinja';
import { fault } from '../base/errors.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export interface TemplateMessage {
  readonly role: 'system' | 'user' | 'assistant';
  readonly content: string;
}

export interface RenderOptions {
  /** Opens the assistant's turn, so that the model answers. On by default. */
  readonly generationPrompt?: boolean;
  /** Begins the assistant's answer; text, never control tokens. */
  readonly assistantPrefix?: string;
}

const chatMl =
  "{% for message in messages %}{{ '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
const llama3 =
  "{{ bos_token }}{% for message in messages %}{{ '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' + message.content | trim + '<|eot_id|>' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";
const gemma =
  "{{ bos_token }}{% for message in messages %}{{ '<start_of_turn>' + ('model' if message.role == 'assistant' else 'user') + '\n' + message.content | trim + '<end_of_turn>\n' }}" +
  "{% endfor %}{% if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{% endif %}";
const phi =
  "{% for message in messages %}{{ '<|' + message.role + '|>\n' + message.content + '<|end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}";
const mistral =
  "{{ bos_token }}{% for message in messages %}{% if message.role == 'assistant' %}{{ ' ' + message.content + eos_token }}{% else %}{{ '[INST] ' + message.content + ' [/INST]' }}{% endif %}{% endfor %}";
const plain = "{% for message in messages %}{{ message.content + '\n\n' }}{% endfor %}";

/** For files without a template: the first whose control token the vocabulary has. */
const byControlToken: readonly (readonly [token: string, template: string])[] = [
  ['<|im_start|>', chatMl],
  ['<|start_header_id|>', llama3],
  ['<start_of_turn>', gemma],
  ['<|assistant|>', phi],
  ['[INST]', mistral],
];

/** Unicode noncharacters, never in interchanged text; one that no message contains is used as the mark. */
const marks = Array.from({ length: 32 }, (_, i) => String.fromCodePoint(0xfdd0 + i));

export class ChatTemplate {
  readonly #template: Template;
  readonly #tokenizer: Tokenizer;
  readonly #controls: RegExp | null;
  /** Where the template is from: the model's file (or the catalogue) or the table. */
  readonly origin: 'model' | 'table';

  /**
   * @param source the model's own template (`tokenizer.chat_template`), or undefined to choose by the control tokens
   * @throws LS2022 when the source is no valid template
   */
  constructor(source: string | undefined, tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.origin = source === undefined ? 'table' : 'model';
    const chosen = source ?? byControlToken.find(([token]) => tokenizer.tokenId(token) !== undefined)?.[1] ?? plain;
    try {
      this.#template = new Template(chosen);
    } catch (error) {
      throw fault('LS2022', error instanceof Error ? error.message : String(error), error);
    }
    const contents: string[] = [];
    for (let id = 0; id < tokenizer.vocabularySize; id += 1) {
      const content = tokenizer.isSpecial(id) ? tokenizer.tokenContent(id) : undefined;
      if (content !== undefined && content.length > 1) contents.push(content);
    }
    this.#controls =
      contents.length === 0
        ? null
        : new RegExp(contents.map((c) => c.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'gu');
  }

  /** The conversation as text, for people and tests; its ids come from {@link encode}. @throws LS2022 */
  render(messages: readonly TemplateMessage[], options: RenderOptions = {}): string {
    return this.#render(messages, options.generationPrompt ?? true) + (options.assistantPrefix ?? '');
  }

  /** The conversation as ids: control tokens of the template, everything inside the messages as plain text. @throws LS2022 */
  encode(messages: readonly TemplateMessage[], options: RenderOptions = {}): number[] {
    const mark = marks.find((candidate) => messages.every((message) => !message.content.includes(candidate)));
    if (mark === undefined) throw fault('LS2022', 'the message contains every noncharacter');
    const guarded = messages.map(({ role, content }) => ({ role, content: this.#guard(content, mark) }));
    const text = this.#render(guarded, options.generationPrompt ?? true);
    const ids = this.#encodeGuarded(text, mark);
    if (options.assistantPrefix) ids.push(...this.#tokenizer.encode(options.assistantPrefix));
    const { beginId, prefixIds } = this.#tokenizer;
    // Many templates write the beginning token themselves; a model that wants one gets exactly one.
    return prefixIds.length > 0 && ids[0] !== beginId ? [...prefixIds, ...ids] : ids;
  }

  #guard(content: string, mark: string): string {
    if (!this.#controls) return content;
    return content.replace(this.#controls, (control) => `${control.slice(0, 1)}${mark}${control.slice(1)}`);
  }

  #encodeGuarded(text: string, mark: string): number[] {
    const ids: number[] = [];
    let start = 0;
    const plainPart = (part: string): void => {
      for (const id of this.#tokenizer.encode(part.replaceAll(mark, ''))) ids.push(id);
    };
    if (this.#controls)
      for (const match of text.matchAll(this.#controls)) {
        plainPart(text.slice(start, match.index));
        const id = this.#tokenizer.tokenId(match[0]);
        if (id !== undefined) ids.push(id);
        start = match.index + match[0].length;
      }
    plainPart(text.slice(start));
    return ids;
  }

  #render(messages: readonly TemplateMessage[], generationPrompt: boolean): string {
    try {
      return this.#run(messages, generationPrompt);
    } catch (error) {
      // Templates of models without a system role refuse it: it then opens the first question.
      const merged = mergeSystem(messages);
      if (!merged) throw fault('LS2022', error instanceof Error ? error.message : String(error), error);
      try {
        return this.#run(merged, generationPrompt);
      } catch (second) {
        throw fault('LS2022', second instanceof Error ? second.message : String(second), second);
      }
    }
  }

  #run(messages: readonly TemplateMessage[], generationPrompt: boolean): string {
    const { beginId, endIds } = this.#tokenizer;
    const content = (id: number | null | undefined): string =>
      id === null || id === undefined ? '' : (this.#tokenizer.tokenContent(id) ?? '');
    return this.#template.render({
      messages: messages.map((message) => ({ ...message })),
      add_generation_prompt: generationPrompt,
      bos_token: content(beginId),
      eos_token: content(endIds[0]),
      // Models that can think aloud first are asked not to: the evidence is in the prompt already.
      enable_thinking: false,
    });
  }
}

function mergeSystem(messages: readonly TemplateMessage[]): TemplateMessage[] | undefined {
  const [first, second, ...rest] = messages;
  if (first?.role !== 'system' || second?.role !== 'user') return undefined;
  return [{ role: 'user', content: `${first.content}\n\n${second.content}` }, ...rest];
}
