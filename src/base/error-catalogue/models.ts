/** The errors 2xxx: models. */
import type { CatalogueEntry } from './entry.ts';

export const modelErrors = {
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
} as const satisfies Record<`LS2${number}`, CatalogueEntry>;
