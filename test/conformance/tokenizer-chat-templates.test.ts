/** Chat templates of 29 models rendered as the transformers library renders them (fixtures/chat-templates/generate.py). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { BoundedTemplate } from '../../src/models/templates/bounded-template.ts';

interface Golden {
  readonly template: string;
  readonly conversation: string;
  readonly prompt: boolean;
  readonly text?: string;
  readonly error?: string;
}
interface Source {
  readonly name: string;
  readonly template: string;
  readonly bos_token: string;
  readonly eos_token: string;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/chat-templates/${name}.json`, import.meta.url), 'utf8'));
const { conversations, goldens } = read('goldens') as {
  conversations: Record<string, readonly object[]>;
  goldens: readonly Golden[];
};
const now = new Date(2026, 0, 5, 7, 8, 9);

describe('chat templates', () => {
  for (const { name, template, bos_token, eos_token } of read('templates') as readonly Source[])
    it(name, () => {
      const compiled = new BoundedTemplate(template);
      const own = goldens.filter((golden) => golden.template === name);
      assert.equal(own.length, 2 * Object.keys(conversations).length);
      for (const { conversation, prompt, text, error } of own) {
        const render = (): string =>
          compiled.render(
            {
              messages: conversations[conversation],
              add_generation_prompt: prompt,
              bos_token,
              eos_token,
              tools: null,
              documents: null,
              enable_thinking: false,
            },
            now,
          );
        if (error === undefined) assert.equal(render(), text, `${conversation}, ${prompt ? 'with' : 'without'} prompt`);
        else assert.throws(render, Error, conversation);
      }
    });
});
