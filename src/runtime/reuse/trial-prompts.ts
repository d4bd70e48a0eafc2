/** The prompts by which reuse is tried: questions over sources of the reading test, as answers are asked for. */
import type { ChatTemplate } from '../../models/chat-template.ts';
import type { Tokenizer } from '../../models/tokenizer/tokenizer.ts';
import { readingSheets } from '../reading-test/sheets.ts';
import { type PromptParts, promptParts } from './prompt-parts.ts';

const system = 'You answer questions about a code repository for its developers, from sources of it.';
/** The longest sheets; more of them take longer than they tell. */
const sheets = readingSheets.slice(-2);

export function trialPrompts(texts: {
  readonly template: ChatTemplate;
  readonly tokenizer: Tokenizer;
}): readonly PromptParts[] {
  return sheets.flatMap(({ sources, stated }) => {
    const blocks = sources.map(({ path, code }) => `${path}\n<source>\n${code}\n</source>\n\n`);
    return stated
      .slice(0, 1)
      .map(({ question }) =>
        promptParts(
          texts,
          [{ role: 'system', content: system }],
          blocks,
          `Question: ${question}\nAnswer from the sources above in at most five sentences, with the names of functions and files.`,
        ),
      );
  });
}
