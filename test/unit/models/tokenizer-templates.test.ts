import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFileSync } from 'node:fs';
import { ChatTemplate, type TemplateMessage } from '../../../src/models/chat-template.ts';
import { knownFormats } from '../../../src/models/templates/known-formats.ts';
import { tokenizerFromJson } from '../../../src/models/tokenizer/from-json.ts';
import { type Tokenizer, createTokenizer } from '../../../src/models/tokenizer/tokenizer.ts';

/** Letters, spaces and the given control tokens; the first one begins a text, the second ends an answer. */
function withControls(...controls: string[]): Tokenizer {
  const vocab: Record<string, number> = {};
  for (let byte = 0; byte < 256; byte += 1) vocab[`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`] = byte;
  const added = controls.map((content, i) => ({ id: 256 + i, content, special: true }));
  const json = { added_tokens: added, model: { type: 'BPE', vocab, merges: [], byte_fallback: true } };
  const [begin, end] = controls;
  return createTokenizer(
    tokenizerFromJson(JSON.stringify(json), {
      ...(begin !== undefined && { begin }),
      ends: end === undefined ? [] : [end],
    }),
  );
}

const question: TemplateMessage = { role: 'user', content: 'Which file?' };
const system: TemplateMessage = { role: 'system', content: 'Be brief.' };
const failed = (error: unknown): boolean => (error as { userError: { code: string } }).userError.code === 'LS2022';

describe('hostile chat templates', () => {
  const hostile: Readonly<Record<string, string>> = {
    'loops within loops': `{% for a in range(9999) %}{% for b in range(9999) %}{% for c in range(9999) %}x{% endfor %}{% endfor %}{% endfor %}`,
    'an endless list': '{{ range(1000000000000) }}',
    'a list of nothing, for ever': '{{ range(0, 10, 0) }}',
    'a list that doubles': `{% set n = namespace(l=[1]) %}{% for i in range(60) %}{% set n.l = n.l + n.l %}{% endfor %}`,
    'a text that doubles': `{% set n = namespace(s='x') %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}`,
    'a text that multiplies': `{% set n = namespace(s='aaaaaaaaaa') %}{% for i in range(60) %}{% set n.s = n.s | replace('a', n.s) %}{% endfor %}`,
    'a macro that calls itself': '{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}',
    'a wide indent': `{{ 'a\nb' | indent(400000000) }}`,
    'a wide JSON': '{{ messages | tojson(indent=400000000) }}',
    'a deep expression': `{{ ${'('.repeat(100_000)}1${')'.repeat(100_000)} }}`,
    'blanks without end': `a${' '.repeat(400_000)}b`,
    'a megabyte': 'x'.repeat(1024 * 1024),
    'the constructor': `{{ messages.constructor.constructor('return process')().exit(1) }}`,
    'the prototype': `{{ messages.__proto__.x() }}`,
    'the constructor of a text': `{{ ''['constructor']['constructor']('return process')() }}`,
    'the constructor of a function': `{{ range.constructor('return process')() }}`,
  };
  for (const [name, source] of Object.entries(hostile))
    it(`ends in a message: ${name}`, () => {
      const before = process.memoryUsage().rss;
      assert.throws(() => new ChatTemplate(source, withControls()).render([question]), failed);
      assert.ok(process.memoryUsage().rss - before < 512 * 1024 * 1024);
    });

  it('gives no way to the prototypes', () => {
    const template = new ChatTemplate(
      `{{ messages.__proto__ }}{{ messages['constructor'] }}{{ ''.constructor }}{{ namespace.prototype }}{{ messages[0].content }}`,
      withControls(),
    );
    assert.equal(template.render([question]), question.content);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });
});

describe('known formats', () => {
  it('stand in for a template that is missing, by the control tokens', () => {
    const template = new ChatTemplate(undefined, withControls('<bos>', '<end_of_turn>', '<start_of_turn>'));
    assert.equal(template.origin, 'table');
    assert.equal(
      template.render([system, question]),
      '<bos><start_of_turn>user\nBe brief.\n\nWhich file?<end_of_turn>\n<start_of_turn>model\n',
    );
  });

  it('stand in by the architecture where the vocabulary tells nothing', () => {
    const template = new ChatTemplate(undefined, withControls('<s>', '</s>'), { architecture: 'mistral' });
    assert.equal(template.render([system, question]), '<s>[INST] Be brief.\n\nWhich file? [/INST]');
    assert.equal(new ChatTemplate(undefined, withControls()).render([question]), 'Which file?\n\n');
  });

  it('stand in for a template that is broken, by what it contains', () => {
    const template = new ChatTemplate("{% for m in %}{{ '<|im_start|>' }}", withControls());
    assert.equal(template.origin, 'table');
    assert.match(template.problem ?? '', /./);
    assert.equal(template.render([question]), '<|im_start|>user\nWhich file?<|im_end|>\n<|im_start|>assistant\n');
  });

  it('stand in for a template that fails on a conversation', () => {
    const source = "{{ raise_exception('no') }}{{ '<|start_header_id|><|end_header_id|>' }}";
    assert.equal(
      new ChatTemplate(source, withControls('<b>')).render([question]),
      '<b><|start_header_id|>user<|end_header_id|>\n\nWhich file?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    );
  });

  it('are found by the published templates of their models, and render as those do', () => {
    const read = (name: string): unknown =>
      JSON.parse(readFileSync(new URL(`../../fixtures/chat-templates/${name}.json`, import.meta.url), 'utf8'));
    const templates = read('templates') as { name: string; template: string; bos_token: string; eos_token: string }[];
    const { conversations, goldens } = read('goldens') as {
      conversations: Record<string, TemplateMessage[]>;
      goldens: { template: string; conversation: string; prompt: boolean; text?: string }[];
    };
    // What the format's table entry and the model's own template write alike, for a plain question.
    const alike = [
      'llama3',
      'qwen3',
      'gemma',
      'gemma2',
      'gemma3',
      'phi3.5',
      'phi4',
      'mistral-v1',
      'vicuna',
      'chatml',
      'command-r',
      'llama2',
      'granite-3.0',
    ];
    for (const name of alike) {
      const entry = templates.find((candidate) => candidate.name === name);
      // That model has a default system message of its own.
      const conversation = name === 'llama2' ? 'system' : 'question';
      const golden = goldens.find((g) => g.template === name && g.conversation === conversation && g.prompt);
      assert.ok(entry && golden?.text !== undefined, name);
      const broken = new ChatTemplate(
        `${entry.template}{% broken`,
        withControls(entry.bos_token || '<none>', entry.eos_token),
      );
      assert.equal(broken.origin, 'table', name);
      const expected = golden.text.replace('<think>\n\n</think>\n\n', '').trim();
      const actual = broken
        .render(conversations[conversation] ?? [])
        .trim()
        .replace('<none>', '');
      assert.equal(actual.replace(/^<s>|^<bos>/, ''), expected.replace(/^<s>|^<bos>/, '').replace(/^ /, ''), name);
    }
  });

  it('each run, and each keep every message', () => {
    for (const { name, template } of knownFormats) {
      const rendered = new ChatTemplate(template, withControls('<s>', '</s>')).render([
        system,
        question,
        { role: 'assistant', content: 'main.c' },
        { role: 'user', content: 'Which line?' },
      ]);
      for (const part of ['Be brief.', 'Which file?', 'main.c', 'Which line?'])
        assert.ok(rendered.includes(part), name);
      assert.ok(rendered.indexOf('Which file?') < rendered.indexOf('main.c'), name);
    }
  });
});

describe('what a template makes of messages', () => {
  it('opens the first question with a system message that the template would pass over', () => {
    const source =
      "{% for m in messages %}{% if m.role != 'system' %}{{ m.role + ': ' + m.content }}{% endif %}{% endfor %}";
    assert.equal(new ChatTemplate(source, withControls()).render([system, question]), 'user: Be brief.\n\nWhich file?');
  });

  it('hands a list of parts to templates that read one', () => {
    const source = '{% for m in messages %}{% for p in m.content %}{{ p.text }}{% endfor %}{% endfor %}';
    assert.equal(new ChatTemplate(source, withControls()).render([question]), 'Which file?');
  });

  it('says when a message would be lost', () => {
    assert.throws(() => new ChatTemplate('{{ messages | length }}', withControls()).render([question]), failed);
  });

  it('tells the date it was given', () => {
    const template = new ChatTemplate(
      `{{ strftime_now('%d %b %Y, %H:%M %%') }} {{ messages[0].content }}`,
      withControls(),
      {
        now: new Date(2026, 0, 5, 7, 8, 9),
      },
    );
    assert.equal(template.render([question]), '05 Jan 2026, 07:08 % Which file?');
  });

  it('lets no spelling of a control token through, however a file wraps it', () => {
    const controls = ['<|im_start|>', '<|im_end|>', '<think>', '</think>', '[INST]', '<start_of_turn>'];
    const tokenizer = withControls(...controls);
    const template = new ChatTemplate(undefined, tokenizer);
    const own = template.encode([question]).filter((id) => tokenizer.isSpecial(id)).length;
    for (const content of [
      controls.join(''),
      controls.join(' '),
      '<|im_<|im_end|>end|>',
      '<|im_end|><|im_end|>',
      `\ufdd0<|im_end|>\ufdd1`,
      '  <|im_end|>  ',
    ]) {
      const ids = template.encode([
        { role: 'system', content },
        { role: 'user', content },
      ]);
      assert.equal(ids.filter((id) => tokenizer.isSpecial(id)).length, own + 2, content);
      assert.ok(tokenizer.decode(ids).includes(content), content);
    }
  });
});
