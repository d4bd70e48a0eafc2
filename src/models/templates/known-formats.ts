/**
 * The conversation formats that models were trained on, for files without a template of their own or with one that does not
 * run: recognised by what such a template would contain, by the control tokens of the vocabulary, or by the architecture.
 */

export interface KnownFormat {
  readonly name: string;
  /** A template of this format contains all of one of these groups. */
  readonly marks: readonly (readonly string[])[];
  /** Control tokens of which a vocabulary of this format has all. */
  readonly controls?: readonly string[];
  readonly architectures?: readonly string[];
  readonly template: string;
}

const loop = '{% for m in messages %}';
const end = '{% endfor %}';
const open = (text: string): string => `{% if add_generation_prompt %}{{ ${text} }}{% endif %}`;
const role = (system: string, user: string, assistant: string): string =>
  `{{ ${system} if m.role == 'system' else ${assistant} if m.role == 'assistant' else ${user} }}`;

/** Tried in this order: the more particular before the more general. */
export const knownFormats: readonly KnownFormat[] = [
  {
    name: 'phi4',
    marks: [['<|im_start|>', '<|im_sep|>']],
    controls: ['<|im_start|>', '<|im_sep|>'],
    template: `${loop}{{ '<|im_start|>' + m.role + '<|im_sep|>' + m.content + '<|im_end|>' }}${end}${open(`'<|im_start|>assistant<|im_sep|>'`)}`,
  },
  {
    name: 'chatml',
    marks: [['<|im_start|>']],
    controls: ['<|im_start|>', '<|im_end|>'],
    architectures: ['qwen2', 'qwen3', 'qwen2moe', 'qwen3moe'],
    template: `${loop}{{ '<|im_start|>' + m.role + '\n' + m.content + '<|im_end|>\n' }}${end}${open(`'<|im_start|>assistant\n'`)}`,
  },
  {
    name: 'llama3',
    marks: [['<|start_header_id|>', '<|end_header_id|>']],
    controls: ['<|start_header_id|>', '<|eot_id|>'],
    template: `{{ bos_token }}${loop}{{ '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' + m.content | trim + '<|eot_id|>' }}${end}${open(`'<|start_header_id|>assistant<|end_header_id|>\n\n'`)}`,
  },
  {
    name: 'llama4',
    marks: [['<|header_start|>', '<|header_end|>']],
    controls: ['<|header_start|>', '<|eot|>'],
    template: `{{ bos_token }}${loop}{{ '<|header_start|>' + m.role + '<|header_end|>\n\n' + m.content | trim + '<|eot|>' }}${end}${open(`'<|header_start|>assistant<|header_end|>\n\n'`)}`,
  },
  {
    name: 'gemma',
    marks: [['<start_of_turn>']],
    controls: ['<start_of_turn>', '<end_of_turn>'],
    architectures: ['gemma', 'gemma2', 'gemma3'],
    // No system role: what comes here under that name opens a user's turn.
    template: `{{ bos_token }}${loop}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}{{ '<start_of_turn>' + ('model' if m.role == 'assistant' else 'user') + '\n' + m.content | trim + '<end_of_turn>\n' }}${end}${open(`'<start_of_turn>model\n'`)}`,
  },
  {
    name: 'granite',
    marks: [['<|start_of_role|>']],
    controls: ['<|start_of_role|>', '<|end_of_role|>'],
    architectures: ['granite', 'granitemoe'],
    template: `${loop}{{ '<|start_of_role|>' + m.role + '<|end_of_role|>' + m.content + '<|end_of_text|>\n' }}${end}${open(`'<|start_of_role|>assistant<|end_of_role|>'`)}`,
  },
  {
    name: 'command-r',
    marks: [['<|START_OF_TURN_TOKEN|>', '<|USER_TOKEN|>']],
    controls: ['<|START_OF_TURN_TOKEN|>', '<|END_OF_TURN_TOKEN|>'],
    architectures: ['command-r', 'cohere2'],
    template: `{{ bos_token }}${loop}{{ '<|START_OF_TURN_TOKEN|>' }}${role(`'<|SYSTEM_TOKEN|>'`, `'<|USER_TOKEN|>'`, `'<|CHATBOT_TOKEN|>'`)}{{ m.content | trim + '<|END_OF_TURN_TOKEN|>' }}${end}${open(`'<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>'`)}`,
  },
  {
    name: 'deepseek3',
    marks: [['<｜Assistant｜>', '<｜User｜>']],
    controls: ['<｜User｜>', '<｜Assistant｜>'],
    architectures: ['deepseek2'],
    template: `{{ bos_token }}${loop}${role(`''`, `'<｜User｜>'`, `'<｜Assistant｜>'`)}{{ m.content + (eos_token if m.role == 'assistant' else '') }}${end}${open(`'<｜Assistant｜>'`)}`,
  },
  {
    name: 'phi3',
    marks: [['<|assistant|>', '<|end|>']],
    controls: ['<|user|>', '<|assistant|>', '<|end|>'],
    architectures: ['phi3'],
    template: `${loop}{{ '<|' + m.role + '|>\n' + m.content + '<|end|>\n' }}${end}${open(`'<|assistant|>\n'`)}`,
  },
  {
    name: 'zephyr',
    marks: [['<|user|>', '<|assistant|>'], ['<|user|>', '<|endoftext|>'], ["'<|' + message['role'] + '|>"]],
    controls: ['<|user|>', '<|assistant|>'],
    template: `${loop}{{ '<|' + m.role + '|>\n' + m.content + eos_token + '\n' }}${end}${open(`'<|assistant|>\n'`)}`,
  },
  {
    name: 'mistral7',
    marks: [['[INST]', '[SYSTEM_PROMPT]']],
    controls: ['[INST]', '[SYSTEM_PROMPT]'],
    template: `{{ bos_token }}${loop}{% if m.role == 'system' %}{{ '[SYSTEM_PROMPT]' + m.content + '[/SYSTEM_PROMPT]' }}{% elif m.role == 'user' %}{{ '[INST]' + m.content + '[/INST]' }}{% else %}{{ m.content + eos_token }}{% endif %}${end}`,
  },
  {
    name: 'llama2',
    marks: [['[INST]', '<<SYS>>']],
    template: `${loop}{% if m.role == 'system' %}{{ bos_token + '[INST] <<SYS>>\n' + m.content | trim + '\n<</SYS>>\n\n' }}{% elif m.role == 'user' %}{% if loop.first or loop.previtem.role != 'system' %}{{ bos_token + '[INST] ' }}{% endif %}{{ m.content | trim + ' [/INST]' }}{% else %}{{ ' ' + m.content | trim + ' ' + eos_token }}{% endif %}${end}`,
  },
  {
    name: 'mistral',
    marks: [['[INST]']],
    controls: ['[INST]', '[/INST]'],
    architectures: ['mistral', 'mistral3'],
    template: `{{ bos_token }}${loop}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% elif m.role == 'user' %}{{ '[INST] ' + m.content + ' [/INST]' }}{% else %}{{ ' ' + m.content + eos_token }}{% endif %}${end}`,
  },
  {
    name: 'exaone',
    marks: [['[|assistant|]', '[|endofturn|]']],
    controls: ['[|endofturn|]'],
    architectures: ['exaone'],
    template: `${loop}{{ '[|' + m.role + '|]' + m.content + ('\n' if m.role == 'user' else '[|endofturn|]\n') }}${end}${open(`'[|assistant|]'`)}`,
  },
  {
    name: 'deepseek-coder',
    marks: [
      ['### Instruction:', '<|EOT|>'],
      ['### Instruction:', '### Response:'],
    ],
    controls: ['<|EOT|>'],
    architectures: ['starcoder2'],
    template: `{{ bos_token }}${loop}{% if m.role == 'system' %}{{ m.content }}{% elif m.role == 'user' %}{{ '### Instruction:\n' + m.content + '\n' }}{% else %}{{ '### Response:\n' + m.content + '\n' + ('<|EOT|>\n' if '<|EOT|>' == eos_token else eos_token) }}{% endif %}${end}${open(`'### Response:\n'`)}`,
  },
  {
    name: 'vicuna',
    marks: [['USER: ', 'ASSISTANT:']],
    template: `{{ bos_token }}${loop}{% if m.role == 'system' %}{{ m.content + '\n\n' }}{% elif m.role == 'user' %}{{ 'USER: ' + m.content + '\n' }}{% else %}{{ 'ASSISTANT: ' + m.content + eos_token + '\n' }}{% endif %}${end}${open(`'ASSISTANT:'`)}`,
  },
];

/** For models that were trained on no conversations: the messages, one after the other. */
export const plainTemplate = `${loop}{{ m.content + '\n\n' }}${end}`;

/** The format that a template was written for, by what it contains. */
export function formatOfTemplate(source: string): KnownFormat | undefined {
  return knownFormats.find(({ marks }) => marks.some((group) => group.every((mark) => source.includes(mark))));
}

/** The format that a vocabulary was made for, or else an architecture. @param has whether there is such a token */
export function formatOfModel(has: (content: string) => boolean, architecture?: string): KnownFormat | undefined {
  return (
    knownFormats.find(({ controls }) => controls?.every(has)) ??
    knownFormats.find(({ architectures }) => architecture !== undefined && architectures?.includes(architecture))
  );
}
