/**
 * The one catalogue of what can go wrong for a user: a number, a sentence on what happened and one on what to do.
 *
 * Numbers are for ever: 1xxx the doors (command line, settings), 2xxx models, 3xxx the decoder and embedder, 4xxx the
 * repository, 5xxx the index, 6xxx search and answers, 7xxx the engine process, 8xxx the editor.
 */
import { isCancelled } from './cancellation.ts';

interface Entry {
  readonly message: (detail: string) => string;
  readonly hint: string;
}

const entry = (message: (detail: string) => string, hint: string): Entry => ({ message, hint });

export const catalogue = {
  LS1000: entry(
    (d) => `Longsight failed in a way it does not know: ${d}`,
    'Run again with LONGSIGHT_LOG=debug and report the log.',
  ),
  LS1001: entry(
    (d) => `This Node is too old: ${d}.`,
    'Longsight needs Node 22.16 or later; in a checkout use "npm run longsight --", which brings its own.',
  ),
  LS1002: entry((d) => `That is not how this is used: ${d}.`, 'See --help for what is accepted.'),
  LS1003: entry((d) => `The file ${d} cannot be read.`, 'Check that the file is there and that you may read it.'),
  LS1004: entry(
    (d) => `The file ${d} cannot be written.`,
    'Check that the folder is there, that you may write in it, and that the disk has room.',
  ),
  LS1005: entry(
    (d) => `Standard output cannot be written: ${d}.`,
    'Check the disk it goes to, or the program that reads it.',
  ),
  LS1006: entry(
    (d) => `The decoder to compare with cannot be had: ${d}.`,
    'Run again with --install-peer, which fetches it through npm into the cache folder; nothing of it becomes part of Longsight.',
  ),
  LS2001: entry(
    (d) => `The model "${d}" is not on this machine.`,
    'Get it with "longsight models get <id>", or pick another with "longsight models list".',
  ),
  LS2002: entry(
    (d) => `There is no model "${d}".`,
    'See "longsight models list" for the ids, or give the path of a GGUF file.',
  ),
  LS2003: entry(
    (d) => `The model could not be downloaded. ${d}`,
    'Check the connection and run "longsight models get <id>" again: it goes on where it stopped. Or bring the file from another machine and run "longsight models import FILE".',
  ),
  LS2004: entry(
    (d) => `What was downloaded is not what it should be: ${d}.`,
    'It was thrown away; run "longsight models get <id>" again, and if that repeats, report it.',
  ),
  LS2005: entry(
    (d) => `The disk is full: ${d}.`,
    'Free some space, or set LONGSIGHT_HOME to a folder on another disk.',
  ),
  LS2006: entry(
    (d) => `The folder for models cannot be written: ${d}.`,
    'Make it writable, or set LONGSIGHT_HOME to a folder that is.',
  ),
  LS2007: entry(
    (d) => `Longsight is offline and does not fetch ${d}.`,
    'Unset LONGSIGHT_OFFLINE, or copy the file and use "longsight models import FILE".',
  ),
  LS2008: entry((d) => `Another process is working on the model "${d}".`, 'Wait until it is done, then try again.'),
  LS2009: entry(
    (d) => `That is not a model file Longsight can read: ${d}.`,
    'Give a GGUF file, or a folder with config.json and safetensors.',
  ),
  LS2010: entry((d) => `The model catalogue is damaged: ${d}.`, 'Install Longsight again.'),
  LS2011: entry(
    (d) => `Longsight cannot run models of the architecture "${d}" yet.`,
    'See "longsight models list" for those it can.',
  ),
  LS2012: entry((d) => `"${d}" belongs to another program.`, 'Remove it there; Longsight only reads it.'),
  LS2013: entry(
    (d) => `The files of the model "${d}" on this machine are incomplete or were changed.`,
    'Get it again with "longsight models get <id>".',
  ),
  LS2021: entry(
    (d) => `The model's tokenizer cannot be read or reproduced: ${d}.`,
    'Pick another model with "longsight models list".',
  ),
  LS2022: entry((d) => `The model's chat template failed: ${d}.`, 'Pick another model with "longsight models list".'),
  LS2031: entry(
    (d) => `The safetensors file is damaged: ${d}.`,
    'Get the model again with "longsight models get <id>".',
  ),
  LS2051: entry((d) => `${d} makes vectors, not text.`, 'Pick a decoder with "longsight models list".'),
  LS2052: entry(
    () => 'There is no decoder on this machine.',
    'Get one, for instance with "longsight models get smollm2-135m-instruct-q4_1", or give a GGUF file with --model.',
  ),
  LS2301: entry(
    (d) => `This GGUF file is cut off or damaged: ${d}.`,
    'Get the file again; "longsight models get" checks it as it comes.',
  ),
  LS2302: entry(
    (d) => `The model file cannot be read: ${d}.`,
    'Check that the file is there and that you may read it.',
  ),
  LS2303: entry(
    (d) => `Longsight cannot compute with tensors of the type ${d}.`,
    'Take another quantisation of the same model, for instance Q4_K_M or Q8_0.',
  ),
  LS2304: entry((d) => `Longsight cannot run this model: ${d}.`, 'Pick another with "longsight models list".'),
  LS2305: entry(
    (d) => `The parts of this model do not make a whole: ${d}.`,
    'Put all its parts in one folder under the names they came with, or get them again.',
  ),
  LS3001: entry(
    (d) => `The decoder stopped working: ${d}.`,
    'Ask again: it is started anew. If it keeps stopping, take a smaller model.',
  ),
  LS3002: entry(
    (d) => `The model could not be computed: ${d}.`,
    'Close other programs if memory is short, or take a smaller model.',
  ),
  LS3003: entry(
    (d) => `That is no RoPE scaling or position rule that Longsight has: ${d}.`,
    'Give default, or for instance linear:2, ntk:2, dynamic:2, yarn:4, rerope:512 or self-extend:512:4; see "longsight generate --help".',
  ),
  LS3004: entry(
    (d) => `The prompt does not fit the model: ${d}.`,
    'Shorten it, or let a window slide over it with --sinks and --recent.',
  ),
  LS3005: entry(
    (d) => `The decoder cannot do that: ${d}.`,
    'See "longsight generate --help" and "longsight perplexity --help".',
  ),
  LS3031: entry(
    (d) => `That regular expression cannot be held to: ${d}.`,
    'Use classes, groups, alternatives and repetitions; look-around, back-references and word boundaries are not possible.',
  ),
  LS3032: entry(
    (d) => `That JSON schema cannot be held to: ${d}.`,
    'Leave the keyword out, or say the same with type, properties, required, items, enum, pattern and anyOf.',
  ),
  LS3006: entry(
    (d) => `That is no attention mask that Longsight has: ${d}.`,
    'Give causal, or for instance window:1024, dilated:256:4, block:512, global-local:4:1020 or strided:128; see "longsight generate --help".',
  ),
  LS3007: entry(
    (d) => `That is no retrieval inside the cache that Longsight has: ${d}.`,
    'Give quest:1024 or infllm:1024; see "longsight generate --help".',
  ),
  LS3008: entry(
    (d) => `A saved reading cannot be used: ${d}.`,
    'Delete the file; what it holds is read again when it is needed.',
  ),
  LS3009: entry(
    (d) => `There is not enough memory for this model: ${d}.`,
    'Close other programs, or take a smaller model or a quantisation with fewer bits; "longsight models inspect" shows what one takes.',
  ),
  LS3010: entry(
    (d) => `The decoder cannot be computed as asked: ${d}.`,
    'Leave --provider out to have the best one chosen, or try the providers again with "longsight models probe".',
  ),
  LS3101: entry(
    (d) => `The embedder stopped: ${d}`,
    'Search goes on by words and symbols; if it keeps stopping, see the log.',
  ),
  LS3102: entry((d) => `The text is too long for the embedder: ${d}.`, 'Shorten the question.'),
  LS3201: entry(
    (d) => `The model server cannot be reached: ${d}.`,
    'Start it, or check the address it was given by and the network between.',
  ),
  LS3202: entry(
    (d) => `The model server does not accept the key: ${d}.`,
    'Set it with "Longsight: Set Server Key…", or in LONGSIGHT_API_KEY for the command line.',
  ),
  LS3203: entry(
    (d) => `The model server does not have that model: ${d}.`,
    'Name one that it has behind the address, as in http://localhost:8080/v1#name.',
  ),
  LS3204: entry(
    (d) => `The model server has several models and none was named: ${d}.`,
    'Name one behind the address, as in http://localhost:8080/v1#name.',
  ),
  LS3205: entry((d) => `The model server has no time for the request: ${d}.`, 'Wait a little and ask again.'),
  LS3206: entry(
    (d) => `The model server did not answer in time: ${d}.`,
    'Ask again, or raise the time it may take: LONGSIGHT_SERVER_TIMEOUTS or the settings under longsight.server.',
  ),
  LS3207: entry((d) => `The model server failed: ${d}.`, 'See the log of the server, and ask again.'),
  LS3208: entry(
    (d) => `What the model server sent cannot be understood: ${d}.`,
    'Check that the address is that of an OpenAI-compatible interface, usually ending in /v1.',
  ),
  LS3209: entry(
    (d) => `The answer of the model server was cut off: ${d}.`,
    'Ask again; if it comes back, see the log of the server.',
  ),
  LS3210: entry((d) => `The model server sent an empty answer: ${d}.`, 'Ask again, or take another of its models.'),
  LS3211: entry(
    (d) => `The model server dropped a part of the prompt: ${d}.`,
    'The answer was thrown away, because it rests on less than was sent. Give the server a larger context, or set longsight.server.contextLength to the one it has.',
  ),
  LS3212: entry(
    (d) => `The connection to the model server is not secure: ${d}.`,
    'Have a certificate that this machine trusts; one of your own authority is given with NODE_EXTRA_CA_CERTS.',
  ),
  LS3213: entry(
    (d) => `The model server cannot do that: ${d}.`,
    'Use a decoder on this machine for it, or another kind of server.',
  ),
  LS3214: entry(
    (d) => `The prompt does not fit the context of the model server: ${d}.`,
    'Shorten it, or start the server with a larger context.',
  ),
  LS3215: entry(
    (d) => `The model server sends us elsewhere: ${d}.`,
    'Nothing was sent there. If that is where it should go, give that address itself.',
  ),
  LS3216: entry(
    (d) => `That is no address of a model server: ${d}.`,
    'Give it like http://localhost:8080/v1#name; the key never belongs into it.',
  ),
  LS3217: entry(
    (d) => `Nothing was sent to ${d}: it is another machine, and you have not agreed to that.`,
    'Agree when Longsight asks before the next question, or choose a model on this machine.',
  ),
  LS3218: entry(
    (d) => `Longsight is offline and sends nothing to ${d}.`,
    'Unset LONGSIGHT_OFFLINE or the setting longsight.offline, or choose a model on this machine.',
  ),
  LS3219: entry((d) => `The model server refused the request: ${d}.`, 'See the log of the server for the reason.'),
  LS4001: entry((d) => `There is no folder at ${d}.`, 'Give an existing folder with --repository.'),
  LS4002: entry(
    (d) => `${d} is a bare Git repository: no files are checked out in it.`,
    'Clone it and ask in the clone, or add a worktree: git worktree add FOLDER.',
  ),
  LS5001: entry(
    (d) => `The index cannot be written: ${d}.`,
    'Make the folder writable, or set LONGSIGHT_HOME to one that is.',
  ),
  LS5002: entry(
    (d) => `The disk is full: ${d} could not be written.`,
    'Free some space and run again; what was indexed before is kept.',
  ),
  LS5003: entry(
    (d) => `The index is damaged: ${d}.`,
    'Run "longsight index"; the damaged file is moved aside and the index made again.',
  ),
  LS5004: entry(
    (d) => `There is another program's database where the index should be: ${d}.`,
    'Move that file away, or set LONGSIGHT_HOME to another folder.',
  ),
  LS5005: entry(
    (d) => `Another process keeps the index locked: ${d}.`,
    'Wait until it is done, or end it, and run again.',
  ),
  LS5006: entry(
    (d) => `The disk cannot be read or written: ${d}.`,
    'Check the disk, or set LONGSIGHT_HOME to a folder on another one.',
  ),
  LS6011: entry(
    () => 'There is no question.',
    'Ask something, for instance: longsight ask "How are routes registered?"',
  ),
  LS6012: entry(
    (d) => `The question is too long: ${d}.`,
    'Ask in fewer words; to ask about a text, put it into a file of the repository.',
  ),
  LS6013: entry((d) => `There is no such reading strategy: ${d}.`, 'Leave --strategy out to have the best one chosen.'),
  LS6014: entry(
    (d) => `"${d}" is not in the index.`,
    'Ask "longsight why PATH" for the reason, or run "longsight index".',
  ),
  LS6015: entry(
    (d) => `There are no such lines: ${d}.`,
    'Lines count from 1; give PATH:LINE or PATH:LINE-LINE within the file.',
  ),
  LS6016: entry(
    (d) => `Nothing under "${d}" is in the index.`,
    'Give a folder relative to the repository, or run "longsight index".',
  ),
  LS6017: entry(
    (d) => `Changes since "${d}" cannot be listed.`,
    'Give a commit, tag or branch of this Git repository.',
  ),
  LS7001: entry(
    (d) => `The engine stopped working: ${d}`,
    'It is started again by itself; if it keeps stopping, see the log.',
  ),
  LS7002: entry(
    (d) => `The engine and this door are of different versions: ${d}.`,
    'Update both to the same version of Longsight and reload the window.',
  ),
  LS7003: entry(
    (d) => `The engine was asked for "${d}" before it was started.`,
    'Reload the window; if it comes again, see the log.',
  ),
  LS7004: entry(
    (d) => `The engine was sent a request it cannot read: ${d}.`,
    'Update both to the same version of Longsight and reload the window.',
  ),
  LS8001: entry(
    () => 'No folder is open.',
    'Open the folder of a repository; Longsight answers about the files in it.',
  ),
  LS8002: entry(
    () => 'This window has only virtual folders.',
    'Longsight needs the files on the machine where it runs; open a folder of that machine.',
  ),
  LS8003: entry((d) => `The engine is not running: ${d}`, 'Start it with "Longsight: Restart Engine".'),
  LS8004: entry(
    (d) => `There is no symbol or selection to explain: ${d}.`,
    'Put the cursor in a file of the repository and run the command again.',
  ),
  LS8005: entry(
    (d) => `The file cannot be opened: ${d}.`,
    'It may have been moved or deleted since it was read; ask again.',
  ),
  LS8006: entry((d) => `The summary could not be saved: ${d}.`, 'Choose another place and save again.'),
} as const satisfies Record<`LS${number}`, Entry>;

export type ErrorCode = keyof typeof catalogue;

/** An error as a user sees it; plain data, so that it crosses processes. */
export interface UserError {
  readonly code: ErrorCode;
  /** What happened, one sentence. */
  readonly message: string;
  /** What to do now, one sentence. */
  readonly hint: string;
  /** For the log: the underlying error, paths, numbers. Never shown as the message. */
  readonly diagnostic?: string;
}

/** Carries a {@link UserError} through code that throws; made by {@link fault}, unpacked by {@link toUserError}. */
export class LongsightError extends Error {
  readonly userError: UserError;
  constructor(userError: UserError, options?: ErrorOptions) {
    super(`${userError.code}: ${userError.message}`, options);
    this.name = 'LongsightError';
    this.userError = userError;
  }
}

/**
 * An error of the catalogue, ready to throw.
 * @param detail what fills the sentence: a path, an id, a number with its unit
 * @param cause the underlying error, kept for the log
 */
export function fault(code: ErrorCode, detail: string, cause?: unknown): LongsightError {
  const { message, hint } = catalogue[code];
  const diagnostic = cause === undefined ? undefined : describe(cause);
  return new LongsightError(
    { code, message: message(shown(detail)), hint, ...(diagnostic === undefined ? {} : { diagnostic }) },
    { cause },
  );
}

/** What a file from anywhere says of itself may be in a detail: of bounded length, and without what steers a terminal. */
function shown(detail: string): string {
  const bounded = detail.length > mostDetail ? `${detail.slice(0, mostDetail)}…` : detail;
  return bounded.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '\ufffd');
}

const mostDetail = 1000;

/** The catalogue's form of anything that was thrown. A cancellation is rethrown: it is no failure. */
export function toUserError(error: unknown): UserError {
  if (isCancelled(error)) throw error;
  if (error instanceof LongsightError) return error.userError;
  return fault('LS1000', error instanceof Error ? error.message : String(error), error).userError;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
