/** The errors 3xxx: the decoder and the embedder. */
import type { CatalogueEntry } from './entry.ts';

export const decoderErrors = {
  LS3001: {
    message: 'The decoder stopped working: {0}.',
    hint: 'Ask again: it is restarted. If it keeps stopping, use a smaller model.',
  },
  LS3002: {
    message: 'The model could not be computed: {0}.',
    hint: 'Close other programs if memory is short, or use a smaller model.',
  },
  LS3003: {
    message: 'Unknown RoPE scaling or position rule: {0}.',
    hint: 'Give default, or for instance linear:2, ntk:2, dynamic:2, yarn:4, rerope:512 or self-extend:512:4; see "longsight generate --help".',
  },
  LS3004: {
    message: 'The prompt does not fit the model: {0}.',
    hint: {
      commandLine: 'Shorten it, or let a window slide over it with --sinks and --recent.',
      editor: 'Ask a shorter question, or use a model with a larger window.',
    },
  },
  LS3005: {
    message: 'The decoder cannot do that: {0}.',
    hint: {
      commandLine: 'See "longsight generate --help" and "longsight perplexity --help".',
      editor: 'Choose another model with "Longsight: Select Model…".',
    },
  },
  LS3031: {
    message: 'Unsupported regular expression: {0}.',
    hint: 'Use classes, groups, alternatives and repetitions; look-around, back-references and word boundaries are not possible.',
  },
  LS3032: {
    message: 'Unsupported JSON schema: {0}.',
    hint: 'Leave the keyword out, or say the same with type, properties, required, items, enum, pattern and anyOf.',
  },
  LS3006: {
    message: 'Unknown attention mask: {0}.',
    hint: 'Give causal, or for instance window:1024, dilated:256:4, block:512, global-local:4:1020 or strided:128; see "longsight generate --help".',
  },
  LS3007: {
    message: 'Unknown retrieval from the KV cache: {0}.',
    hint: 'Give quest:1024 or infllm:1024; see "longsight generate --help".',
  },
  LS3009: {
    message: 'There is not enough memory for this model: {0}.',
    hint: {
      commandLine:
        'Close other programs, or use a smaller model or a quantisation with fewer bits; "longsight models inspect" shows what one takes.',
      editor: 'Close other programs, or use a smaller model or a quantisation with fewer bits.',
    },
  },
  LS3010: {
    message: 'The decoder cannot be computed as asked: {0}.',
    hint: {
      commandLine:
        'Leave --provider out to have the best one chosen, or try the providers again with "longsight models probe".',
      editor: 'Set "longsight.provider" to auto, or run "Longsight: Try Graphics Processor Again".',
    },
  },
  LS3011: {
    message: 'The model only thought and gave no answer: {0}.',
    hint: 'Allow more tokens for the answer, or choose a model that does not think before it answers.',
  },
  LS3012: {
    message: 'An execution provider is no longer used, and the processor computes: {0}.',
    hint: {
      commandLine: 'Try it again with "longsight models probe".',
      editor: 'Try it again with "Longsight: Try Graphics Processor Again".',
    },
  },
  LS3101: {
    message: 'The embedder stopped: {0}',
    hint: 'Search continues by words and symbols; if it keeps stopping, see the log.',
  },
  LS3102: { message: 'The text is too long for the embedder: {0}.', hint: 'Shorten the question.' },
  LS3201: {
    message: 'The model server cannot be reached: {0}.',
    hint: 'Start it, or check its address and the network.',
  },
  LS3202: {
    message: 'The model server does not accept the key: {0}.',
    hint: {
      commandLine: 'Set the key in LONGSIGHT_API_KEY.',
      editor: 'Set the key with "Longsight: Set Server Key…".',
    },
  },
  LS3203: {
    message: 'The model server does not have that model: {0}.',
    hint: 'Name one that it has after the address, as in http://localhost:8080/v1#name.',
  },
  LS3204: {
    message: 'The model server has several models and none was named: {0}.',
    hint: 'Name one after the address, as in http://localhost:8080/v1#name.',
  },
  LS3205: { message: 'The model server is busy: {0}.', hint: 'Wait a little and ask again.' },
  LS3206: {
    message: 'The model server did not answer in time: {0}.',
    hint: {
      commandLine: 'Ask again, or allow more time with LONGSIGHT_SERVER_TIMEOUTS.',
      editor: 'Ask again, or allow more time in the settings under "longsight.server".',
    },
  },
  LS3207: { message: 'The model server failed: {0}.', hint: 'See the log of the server, and ask again.' },
  LS3208: {
    message: 'The reply of the model server cannot be understood: {0}.',
    hint: 'Check that the address is that of an OpenAI-compatible interface, usually ending in /v1.',
  },
  LS3209: {
    message: 'The answer of the model server was cut off: {0}.',
    hint: 'Ask again; if it happens again, see the log of the server.',
  },
  LS3210: {
    message: 'The model server sent an empty answer: {0}.',
    hint: 'Ask again, or use another of its models.',
  },
  LS3211: {
    message: 'The model server dropped a part of the prompt: {0}.',
    hint: {
      commandLine:
        'The answer was discarded, because it rests on less than was sent. Give the server a larger context, or set LONGSIGHT_SERVER_CONTEXT to the one it has.',
      editor:
        'The answer was discarded, because it rests on less than was sent. Give the server a larger context, or set "longsight.server.contextLength" to the one it has.',
    },
  },
  LS3212: {
    message: 'The connection to the model server is not secure: {0}.',
    hint: 'Use a certificate that this machine trusts; one of your own authority is given with NODE_EXTRA_CA_CERTS.',
  },
  LS3213: {
    message: 'The model server cannot do that: {0}.',
    hint: 'Use a decoder on this machine for it, or another kind of server.',
  },
  LS3214: {
    message: 'The prompt does not fit the context of the model server: {0}.',
    hint: 'Shorten it, or start the server with a larger context.',
  },
  LS3215: {
    message: 'The model server redirected the request: {0}.',
    hint: 'Nothing was sent there. If that is the right place, give that address itself.',
  },
  LS3216: {
    message: 'This is not the address of a model server: {0}.',
    hint: 'Give it like http://localhost:8080/v1#name; the key is never part of it.',
  },
  LS3217: {
    message: 'Nothing was sent to {0}: it is another machine, and you have not agreed to that.',
    hint: {
      commandLine: 'Use a model on this machine, or give the address of the server with --model, which agrees to it.',
      editor: 'Agree when Longsight asks before the next question, or choose a model on this machine.',
    },
  },
  LS3218: {
    message: 'Longsight is offline and sends nothing to {0}.',
    hint: {
      commandLine: 'Unset LONGSIGHT_OFFLINE, or use a model on this machine.',
      editor: 'Turn off the setting "longsight.offline", or choose a model on this machine.',
    },
  },
  LS3219: {
    message: 'The model server refused the request: {0}.',
    hint: 'See the log of the server for the reason.',
  },
} as const satisfies Record<`LS3${number}`, CatalogueEntry>;
