/**
 * Conversations as the model was trained to see them: the file's own Jinja template, or the known format that its template,
 * its control tokens or its architecture point to.
 *
 * Control tokens count only where the template wrote them. Repository text that spells `<|im_end|>` stays text: before
 * rendering a noncharacter is put into every such spelling in a message, and taken out again after the split.
 */
import { fault } from '../base/errors.ts';
import { say } from '../base/sentences.ts';
import { BoundedTemplate, TemplateLimitError } from './templates/bounded-template.ts';
import { formatOfModel, formatOfTemplate, plainTemplate } from './templates/known-formats.ts';
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

export interface TemplateOptions {
  /** `general.architecture` or `model_type`, for models whose vocabulary tells nothing. */
  readonly architecture?: string | undefined;
  /** What templates that write the date are told; the time of rendering unless given. */
  readonly now?: Date;
}

/** Unicode noncharacters, never in interchanged text; one that no message contains is used as the mark. */
const marks = Array.from({ length: 32 }, (_, i) => String.fromCodePoint(0xfdd0 + i));

/** Stands for the last message where only what comes behind it is wanted. */
const lastContent = '\u{fdd0}\u{fdd1}';

export class ChatTemplate {
  /** Where the template is from: the model's file (or the catalogue) or the table of known formats. */
  readonly origin: 'model' | 'table';
  /** Why the model's own template is not used, where it has one. */
  readonly problem: string | null;
  readonly #template: BoundedTemplate;
  /** The known format that stands in where the model's own template refuses a conversation. */
  readonly #standIn: BoundedTemplate | undefined;
  readonly #tokenizer: Tokenizer;
  readonly #options: TemplateOptions;

  /**
   * @param source the model's own template (`tokenizer.chat_template`), or undefined when it has none
   * @throws LS2022 when the source is no valid template and points to no known format, or asks for too much
   */
  constructor(source: string | undefined, tokenizer: Tokenizer, options: TemplateOptions = {}) {
    this.#tokenizer = tokenizer;
    this.#options = options;
    const ofModel = formatOfModel((content) => tokenizer.tokenId(content) !== undefined, options.architecture);
    if (source === undefined) {
      this.origin = 'table';
      this.problem = null;
      this.#template = new BoundedTemplate(ofModel?.template ?? plainTemplate);
      return;
    }
    const known = formatOfTemplate(source) ?? ofModel;
    const standIn = known && new BoundedTemplate(known.template);
    try {
      this.#template = new BoundedTemplate(source);
      this.#standIn = standIn;
      this.origin = 'model';
      this.problem = null;
    } catch (error) {
      if (!standIn || error instanceof TemplateLimitError) throw fault('LS2022', reason(error), error);
      this.#template = standIn;
      this.origin = 'table';
      this.problem = reason(error);
    }
  }

  /** The conversation as text, for people and tests; its ids come from {@link encode}. @throws LS2022 */
  render(messages: readonly TemplateMessage[], options: RenderOptions = {}): string {
    return this.#render(messages, options.generationPrompt ?? true) + (options.assistantPrefix ?? '');
  }

  /** The conversation as ids: control tokens of the template, everything inside the messages as plain text. @throws LS2022 */
  encode(messages: readonly TemplateMessage[], options: RenderOptions = {}): number[] {
    const mark = marks.find((candidate) => messages.every((message) => !message.content.includes(candidate)));
    if (mark === undefined) throw fault('LS2022', say('the message contains every noncharacter'));
    const guarded = messages.map(({ role, content }) => ({ role, content: this.#guard(content, mark) }));
    const text = this.#render(guarded, options.generationPrompt ?? true);
    const ids = this.#encodeGuarded(text, mark);
    if (options.assistantPrefix) ids.push(...this.#tokenizer.encode(options.assistantPrefix));
    const { beginId, prefixIds } = this.#tokenizer;
    // Many templates write the beginning token themselves; a model that wants one gets exactly one.
    return prefixIds.length > 0 && ids[0] !== beginId ? [...prefixIds, ...ids] : ids;
  }

  /** What the template writes behind the last message: where the answer begins, perhaps inside a thought. @throws LS2022 */
  answerStart(messages: readonly TemplateMessage[]): string {
    const last = messages.at(-1);
    if (!last) return '';
    const text = this.#render([...messages.slice(0, -1), { role: last.role, content: lastContent }], true);
    const at = text.lastIndexOf(lastContent);
    return at < 0 ? '' : text.slice(at + lastContent.length);
  }

  #guard(content: string, mark: string): string {
    let guarded = '';
    let start = 0;
    for (const place of this.#tokenizer.controlsIn(content)) {
      guarded += `${content.slice(start, place.start + 1)}${mark}`;
      start = place.start + 1;
    }
    return guarded + content.slice(start);
  }

  #encodeGuarded(text: string, mark: string): number[] {
    const ids: number[] = [];
    let start = 0;
    const plainPart = (part: string): void => {
      for (const id of this.#tokenizer.encode(part.replaceAll(mark, ''))) ids.push(id);
    };
    for (const place of this.#tokenizer.controlsIn(text)) {
      plainPart(text.slice(start, place.start));
      ids.push(place.id);
      start = place.next;
    }
    plainPart(text.slice(start));
    return ids;
  }

  /** The first way in which the template takes the conversation and leaves nothing out. */
  #render(messages: readonly TemplateMessage[], generationPrompt: boolean): string {
    const merged = mergeSystem(messages);
    const ways = [
      () => this.#run(this.#template, messages, generationPrompt),
      // Templates of models without a system role refuse it or pass over it: it then opens the first question.
      ...(merged ? [() => this.#run(this.#template, merged, generationPrompt)] : []),
      // Templates of models that also see pictures read a list of parts.
      () => this.#run(this.#template, messages, generationPrompt, true),
    ];
    const standIn = this.#standIn;
    if (standIn) {
      ways.push(() => this.#run(standIn, messages, generationPrompt));
      if (merged) ways.push(() => this.#run(standIn, merged, generationPrompt));
    }
    let first: unknown;
    for (const way of ways)
      try {
        return way();
      } catch (error) {
        if (error instanceof TemplateLimitError) throw fault('LS2022', reason(error), error);
        first ??= error;
      }
    throw fault('LS2022', reason(first), first);
  }

  /** @throws Error when the template fails or leaves a message out that must be there */
  #run(
    template: BoundedTemplate,
    messages: readonly TemplateMessage[],
    generationPrompt: boolean,
    inParts = false,
  ): string {
    const { beginId, endIds } = this.#tokenizer;
    const content = (id: number | null | undefined): string =>
      id === null || id === undefined ? '' : (this.#tokenizer.tokenContent(id) ?? '');
    const text = template.render(
      {
        messages: messages.map((message) => ({
          role: message.role,
          content: inParts ? [{ type: 'text', text: message.content }] : message.content,
        })),
        add_generation_prompt: generationPrompt,
        bos_token: content(beginId),
        eos_token: content(endIds[0]),
        // As the transformers library has it, so that templates may ask whether there are any.
        tools: null,
        documents: null,
        // Models that can think aloud first are asked not to: the evidence is in the prompt already.
        enable_thinking: false,
      },
      this.#options.now ?? new Date(),
    );
    for (const message of messages)
      if (message.role !== 'assistant' && !text.includes(message.content.trim()))
        throw new Error(`it leaves out what the ${message.role} says`);
    return text;
  }
}

function mergeSystem(messages: readonly TemplateMessage[]): TemplateMessage[] | undefined {
  const [first, second, ...rest] = messages;
  if (first?.role !== 'system' || second?.role !== 'user') return undefined;
  return [{ role: 'user', content: `${first.content}\n\n${second.content}` }, ...rest];
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
