/**
 * The one catalogue of what can go wrong for a user, as data: a number, a sentence on what happened, and what to do in the
 * words of each client. `{0}` is filled with the error's first value.
 *
 * Numbers never change: 1xxx the command line and settings, 2xxx models, 3xxx the decoder and embedder, 4xxx the repository,
 * 5xxx the index, 6xxx search and answers, 7xxx the engine process, 8xxx the editor.
 */

export interface CatalogueEntry {
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do now, one sentence; one for both clients where both can say the same. */
  readonly hint: string | { readonly commandLine: string; readonly editor: string };
}

export const catalogue = {
  LS1000: {
    message: 'Unexpected error: {0}',
    hint: {
      commandLine: 'Run again with LONGSIGHT_LOG=debug and report the log.',
      editor: 'Run "Longsight: Show Log" and report what it says.',
    },
  },
  LS1001: {
    message: 'This version of Node is too old: {0}.',
    hint: 'Longsight needs Node 22.16 or later; in a checkout use "npm run longsight --", which brings its own.',
  },
  LS1002: {
    message: 'Wrong usage: {0}.',
    hint: { commandLine: 'See --help for what is accepted.', editor: 'Correct the value and run the command again.' },
  },
  LS1003: {
    message: 'The file {0} cannot be read.',
    hint: 'Check that the file exists and that you have permission to read it.',
  },
  LS1004: {
    message: 'The file {0} cannot be written.',
    hint: 'Check that the folder exists, that you have permission to write in it, and that the disk has room.',
  },
  LS1005: {
    message: 'Standard output cannot be written: {0}.',
    hint: 'Check the disk it goes to, or the program that reads it.',
  },
  LS1006: {
    message: 'The decoder to compare with is not installed: {0}.',
    hint: 'Run again with --install-peer, which installs it with npm into the cache folder; it does not become part of Longsight.',
  },
  LS2001: {
    message: 'The model "{0}" is not on this machine.',
    hint: {
      commandLine: 'Get it with "longsight models get <id>", or choose another with "longsight models list".',
      editor: 'Get it with "Longsight: Get Model…", or choose another with "Longsight: Select Model…".',
    },
  },
  LS2002: {
    message: 'There is no model "{0}".',
    hint: {
      commandLine: 'See "longsight models list" for the ids, or give the path of a GGUF file.',
      editor: 'Choose one with "Longsight: Select Model…", or add a GGUF file with "Longsight: Import Model…".',
    },
  },
  LS2003: {
    message: 'The model could not be downloaded. {0}',
    hint: {
      commandLine:
        'Check the connection and run "longsight models get <id>" again: it continues where it stopped. Or copy the file from another machine and run "longsight models import FILE".',
      editor:
        'Check the connection and run "Longsight: Get Model…" again: it continues where it stopped. Or copy the file from another machine and run "Longsight: Import Model…".',
    },
  },
  LS2004: {
    message: 'The download does not match its checksum: {0}.',
    hint: {
      commandLine: 'It was deleted; run "longsight models get <id>" again, and report it if it happens again.',
      editor: 'It was deleted; run "Longsight: Get Model…" again, and report it if it happens again.',
    },
  },
  LS2005: {
    message: 'The disk is full: {0}.',
    hint: {
      commandLine: 'Free some space, or set LONGSIGHT_HOME to a folder on another disk.',
      editor: 'Free some space, or set the setting "longsight.dataFolder" to a folder on another disk.',
    },
  },
  LS2006: {
    message: 'The folder for models cannot be written: {0}.',
    hint: {
      commandLine: 'Make it writable, or set LONGSIGHT_HOME to a folder that is.',
      editor: 'Make it writable, or set the setting "longsight.dataFolder" to a folder that is.',
    },
  },
  LS2007: {
    message: 'Longsight is offline and does not download {0}.',
    hint: {
      commandLine: 'Unset LONGSIGHT_OFFLINE, or copy the file and use "longsight models import FILE".',
      editor: 'Turn off the setting "longsight.offline", or copy the file and run "Longsight: Import Model…".',
    },
  },
  LS2008: {
    message: 'Another process is working on the model "{0}".',
    hint: 'Wait until it has finished, then try again.',
  },
  LS2009: {
    message: 'Longsight cannot read this as a model: {0}.',
    hint: 'Give a GGUF file, or a folder with config.json and safetensors.',
  },
  LS2010: { message: 'The model catalogue is damaged: {0}.', hint: 'Install Longsight again.' },
  LS2011: {
    message: 'Longsight cannot run models of the architecture "{0}" yet.',
    hint: {
      commandLine: 'See "longsight models list" for those it can.',
      editor: 'Choose another model with "Longsight: Select Model…".',
    },
  },
  LS2012: {
    message: '"{0}" belongs to another program.',
    hint: 'Remove it in that program; Longsight only reads it.',
  },
  LS2013: {
    message: 'The files of the model "{0}" on this machine are incomplete or were changed.',
    hint: {
      commandLine: 'Get it again with "longsight models get <id>".',
      editor: 'Get it again with "Longsight: Get Model…".',
    },
  },
  LS2014: {
    message: 'Longsight does not apply adapters: {0}.',
    hint: 'Merge the adapter into its base model and use the merged files, or choose the base model itself.',
  },
  LS2021: {
    message: 'The model’s tokenizer cannot be read or reproduced: {0}.',
    hint: {
      commandLine: 'Choose another model with "longsight models list".',
      editor: 'Choose another model with "Longsight: Select Model…".',
    },
  },
  LS2022: {
    message: 'The model’s chat template failed: {0}.',
    hint: {
      commandLine: 'Choose another model with "longsight models list".',
      editor: 'Choose another model with "Longsight: Select Model…".',
    },
  },
  LS2031: {
    message: 'The safetensors file is damaged: {0}.',
    hint: {
      commandLine: 'Get the model again with "longsight models get <id>".',
      editor: 'Get the model again with "Longsight: Get Model…".',
    },
  },
  LS2051: {
    message: '{0} is an embedder: it makes vectors, not text.',
    hint: {
      commandLine: 'Choose a decoder with "longsight models list".',
      editor: 'Choose a model that answers with "Longsight: Select Model…".',
    },
  },
  LS2052: {
    message: 'There is no decoder on this machine.',
    hint: {
      commandLine:
        'Get one: "longsight models list" says which one suits this machine. Or give a GGUF file with --model.',
      editor: 'Get one with "Longsight: Get Model…", or add a GGUF file with "Longsight: Import Model…".',
    },
  },
  LS2301: {
    message: 'This GGUF file is cut off or damaged: {0}.',
    hint: {
      commandLine: 'Get the file again; "longsight models get" checks it as it arrives.',
      editor: 'Get the file again; "Longsight: Get Model…" checks it as it arrives.',
    },
  },
  LS2302: {
    message: 'The model file cannot be read: {0}.',
    hint: 'Check that the file exists and that you have permission to read it.',
  },
  LS2303: {
    message: 'Longsight cannot compute with tensors of the type {0}.',
    hint: 'Use another quantisation of the same model, for instance Q4_K_M or Q8_0.',
  },
  LS2304: {
    message: 'Longsight cannot run this model: {0}.',
    hint: {
      commandLine: 'Choose another with "longsight models list".',
      editor: 'Choose another with "Longsight: Select Model…".',
    },
  },
  LS2305: {
    message: 'The parts of this model do not fit together: {0}.',
    hint: 'Put all its parts in one folder under their original names, or get them again.',
  },
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
  LS4001: {
    message: 'There is no folder at {0}.',
    hint: {
      commandLine: 'Give an existing folder with --repository.',
      editor: 'Open an existing folder.',
    },
  },
  LS4002: {
    message: '{0} is a bare Git repository: no files are checked out in it.',
    hint: 'Clone it and ask in the clone, or add a worktree: git worktree add FOLDER.',
  },
  LS5001: {
    message: 'The index cannot be written: {0}.',
    hint: {
      commandLine: 'Make the folder writable, or set LONGSIGHT_HOME to one that is.',
      editor: 'Make the folder writable, or set the setting "longsight.dataFolder" to one that is.',
    },
  },
  LS5002: {
    message: 'The disk is full: {0} could not be written.',
    hint: 'Free some space and try again; what was indexed before is kept.',
  },
  LS5003: {
    message: 'The index is damaged: {0}.',
    hint: {
      commandLine: 'Run "longsight index": the damaged file is moved aside and the index is built again.',
      editor: 'Run "Longsight: Rebuild Index": the damaged file is moved aside and the index is built again.',
    },
  },
  LS5004: {
    message: 'Another program’s database is where the index should be: {0}.',
    hint: {
      commandLine: 'Move that file away, or set LONGSIGHT_HOME to another folder.',
      editor: 'Move that file away, or set the setting "longsight.dataFolder" to another folder.',
    },
  },
  LS5005: {
    message: 'Another process keeps the index locked: {0}.',
    hint: 'Wait until it has finished, or end it, and try again.',
  },
  LS5006: {
    message: 'The disk cannot be read or written: {0}.',
    hint: {
      commandLine: 'Check the disk, or set LONGSIGHT_HOME to a folder on another one.',
      editor: 'Check the disk, or set the setting "longsight.dataFolder" to a folder on another one.',
    },
  },
  LS6011: {
    message: 'There is no question.',
    hint: {
      commandLine: 'Ask something, for instance: longsight ask "How are routes registered?"',
      editor: 'Ask something, for instance: How are routes registered?',
    },
  },
  LS6012: {
    message: 'The question is too long: {0}.',
    hint: 'Ask in fewer words; to ask about a text, put it into a file of the repository.',
  },
  LS6013: {
    message: 'Unknown reading strategy: {0}.',
    hint: {
      commandLine: 'Leave --strategy out to have the best one chosen.',
      editor: 'Leave the strategy out to have the best one chosen.',
    },
  },
  LS6014: {
    message: '"{0}" is not in the index.',
    hint: {
      commandLine: 'Run "longsight why PATH" for the reason, or "longsight index" to bring the index up to date.',
      editor: 'Run "Longsight: Why Is This File Indexed or Not?" for the reason.',
    },
  },
  LS6015: {
    message: 'There are no such lines: {0}.',
    hint: {
      commandLine: 'Lines count from 1; give PATH:LINE or PATH:LINE-LINE within the file.',
      editor: 'Save the file, wait until it is indexed, and run the command again.',
    },
  },
  LS6016: {
    message: 'Nothing under "{0}" is in the index.',
    hint: {
      commandLine: 'Give a folder relative to the repository, or run "longsight index".',
      editor: 'Choose another folder, or run "Longsight: Show Skipped Files…" for the reasons.',
    },
  },
  LS6017: {
    message: 'Changes since "{0}" cannot be listed.',
    hint: 'Give a commit, tag or branch of this Git repository.',
  },
  LS6018: {
    message: 'No question can be made from "{0}".',
    hint: 'There are neither documentation comments nor commits that say in a sentence what they are for.',
  },
  LS7001: {
    message: 'The engine stopped working: {0}',
    hint: 'It is started again with the next request. If it keeps stopping, see the log.',
  },
  LS7002: {
    message: 'The engine and its client have different versions: {0}.',
    hint: 'Update both to the same version of Longsight and reload the window.',
  },
  LS7003: {
    message: 'The engine was asked for "{0}" before it was started.',
    hint: 'Reload the window; if it happens again, see the log.',
  },
  LS7004: {
    message: 'The engine received a request that it cannot read: {0}.',
    hint: 'Update both to the same version of Longsight and reload the window.',
  },
  LS8001: {
    message: 'No folder is open.',
    hint: 'Open the folder of a repository; Longsight answers about the files in it.',
  },
  LS8002: {
    message: 'This window has only virtual folders.',
    hint: 'Longsight needs the files on the machine where it runs; open a folder of that machine.',
  },
  LS8003: {
    message: 'The engine is not running: {0}',
    hint: 'Start it with "Longsight: Restart Engine".',
  },
  LS8004: {
    message: 'There is no symbol or selection to explain: {0}.',
    hint: 'Put the cursor in a file of the repository and run the command again.',
  },
  LS8005: {
    message: 'The file cannot be opened: {0}.',
    hint: 'It may have been moved or deleted since it was read; ask again.',
  },
  LS8006: { message: 'The summary could not be saved: {0}.', hint: 'Choose another place and save again.' },
} as const satisfies Record<`LS${number}`, CatalogueEntry>;

export type ErrorCode = keyof typeof catalogue;
