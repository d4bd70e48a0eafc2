/** Messages between the sidebar's page and the extension host; both sides parse them with the schemas here, for neither trusts the other. */
import { z } from 'zod';

const count = z.number().nonnegative();
const line = z.int().positive();

const userError = z.object({ code: z.string(), message: z.string(), hint: z.string() });

/** Root of the repository that a path is in; null: the engine serves only one. */
const repository = z.string().nullable();

/** A part of the window's repositories that a question is about. */
export const scopeView = z.object({
  repository,
  /** Of paths in it; null: all of it. */
  glob: z.string().nullable(),
  /** As it is shown. */
  label: z.string(),
});
export type ScopeView = z.infer<typeof scopeView>;

/** What the user put beside the question, to be read first. */
export const attachmentView = z.object({
  kind: z.enum(['file', 'symbol', 'selection']),
  label: z.string().max(1000),
  repository: z.string().max(32_768).nullable(),
  path: z.string().min(1).max(32_768),
  /** Null: the whole file. */
  startLine: line.nullable(),
  endLine: line.nullable(),
});
export type AttachmentView = z.infer<typeof attachmentView>;

/** A commit, as far as it is shown and opened. */
export const commitView = z.object({
  id: z.string().regex(/^[0-9a-f]{7,64}$/),
  date: z.string(),
  subject: z.string(),
  path: z.string(),
  before: z.object({ id: z.string().regex(/^[0-9a-f]{7,64}$/), path: z.string() }).nullable(),
});
export type CommitView = z.infer<typeof commitView>;

/** One evidence card; where `commit` is there, `text` is the commit's message and the lines those that it changed last. */
const sourceView = z.object({
  id: z.string(),
  repository,
  path: z.string(),
  startLine: line,
  endLine: line,
  symbol: z.string().nullable(),
  signature: z.string().nullable(),
  /** The documentation comment's first sentence. */
  documentation: z.string().nullable(),
  commit: commitView.optional(),
  /** The lines as they were read. */
  text: z.string(),
  /** The lines that matter for the question; left out: not chosen. */
  excerpt: z.string().optional(),
  tokens: count,
  used: z.boolean(),
  reason: z.string(),
});
export type SourceView = z.infer<typeof sourceView>;

const citationView = z.object({
  id: z.string(),
  repository,
  number: z.int().positive(),
  path: z.string(),
  startLine: line,
  endLine: line,
  status: z.enum(['verified', 'unchanged', 'moved', 'stale']),
});

const budgetView = z.object({
  counts: z.enum(['exact', 'estimated']).optional(),
  window: count,
  system: count,
  map: count,
  sources: count,
  history: count,
  question: count,
  reserve: count,
  used: count,
  /** The most that sources may take, whatever the window has. */
  sourcesLimit: count.optional(),
  /** To the first word. */
  seconds: z.object({ allowed: z.number(), expected: z.number() }).optional(),
});
export type BudgetView = z.infer<typeof budgetView>;

/** What stands when the answer is finished or was stopped. */
const outcomeView = z.object({
  form: z.enum(['evidence', 'quote', 'prose', 'list']),
  notice: z.string().nullable(),
  unsupported: z.array(z.object({ start: count, end: count })),
  budget: budgetView,
  coverage: z.object({
    filesRelevant: count,
    filesRead: count,
    tokensRead: count,
    skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
  }),
  index: z.object({ files: count, indexed: count, pending: count, embedded: count }),
  model: z.string().nullable(),
  provider: z.string().nullable(),
  /** The server that answered; left out: this machine did. */
  server: z.object({ host: z.string(), isLoopback: z.boolean() }).optional(),
  retrieveMs: count,
  firstTokenMs: count.nullable(),
  totalMs: count,
  decodeTokensPerSecond: count,
  outboundRequests: count,
});
export type OutcomeView = z.infer<typeof outcomeView>;

const turnPhases = [
  'waiting',
  'indexing',
  'searching',
  'loading',
  'testing',
  'reading',
  'writing',
  'done',
  'stopped',
  'failed',
] as const;

/** One question and everything that is known of its answer. */
export const turnView = z.object({
  id: z.string(),
  question: z.string(),
  phase: z.enum(turnPhases),
  /** What is happening now, in words, with its progress. */
  status: z.object({ message: z.string(), done: count.nullable(), total: count.nullable() }).nullable(),
  sources: z.array(sourceView),
  /** What the decoder said, Markdown; `[n]` refers to the citation of that number. The evidence stands in the cards. */
  text: z.string(),
  /** What a reasoning model thought before it answered, as plain text. */
  thoughts: z.string().default(''),
  /** The whole answer in words, evidence included; what a follow-up question goes on from. */
  fullAnswer: z.string(),
  citations: z.array(citationView),
  outcome: outcomeView.nullable(),
  error: userError.nullable(),
  /** The engine stopped in the middle of this turn. */
  interrupted: z.boolean(),
  /** When nothing was found: what comes nearest. */
  candidates: z.array(z.object({ label: z.string(), repository, path: z.string(), line })),
  pinned: z.array(z.string()),
  dropped: z.array(z.string()),
  /** What was pinned when it was asked, with its place; left out: nothing. */
  askedWith: z
    .array(
      z.object({
        id: z.string(),
        repository: z.string().exactOptional(),
        path: z.string(),
        startLine: line,
        endLine: line,
        symbol: z.string().exactOptional(),
      }),
    )
    .exactOptional(),
  scope: z.array(scopeView),
  attached: z.array(attachmentView),
});
export type TurnView = z.infer<typeof turnView>;

/** What stands around the conversation. */
const surroundings = z.object({
  /** `no-folder` and `unsupported` need nothing of the engine; `hung` still runs and does not answer. */
  engine: z.enum(['no-folder', 'unsupported', 'connecting', 'ready', 'restarted', 'hung', 'failed']),
  error: userError.nullable(),
  /** Of this window; what is shown names its own only where there are several. */
  repositories: z.array(z.object({ root: z.string(), name: z.string() })),
  index: z
    .object({
      state: z.enum(['idle', 'scanning', 'indexing', 'embedding', 'paused', 'failed']),
      files: count,
      indexed: count,
      pending: count,
    })
    .nullable(),
  model: z
    .object({
      name: z.string(),
      state: z.enum(['absent', 'loading', 'ready', 'busy', 'failed']),
      /** False: it may only quote; null: not tested yet. */
      writesProse: z.boolean().nullable(),
    })
    .nullable(),
  /** True once the engine said that no decoder is there, so that "no model" never flashes while it starts. */
  modelKnown: z.boolean(),
  scope: z.array(scopeView),
});
export type Surroundings = z.infer<typeof surroundings>;

const completion = z.object({
  /** `selection` and `open-file` are what the editor shows now. */
  kind: z.enum(['file', 'symbol', 'folder', 'selection', 'open-file']),
  label: z.string(),
  repository,
  path: z.string(),
  startLine: line.nullable(),
  endLine: line.nullable(),
});
export type CompletionView = z.infer<typeof completion>;

/** Extension host to page. */
export const toPage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('init'),
    strings: z.record(z.string(), z.string()),
    locale: z.string(),
    surroundings,
    turns: z.array(turnView),
    questions: z.array(z.string()),
  }),
  z.object({ type: z.literal('surroundings'), surroundings }),
  z.object({ type: z.literal('turns'), turns: z.array(turnView) }),
  /** A turn that is new or changed in more than its text. */
  z.object({ type: z.literal('turn'), turn: turnView }),
  /** Text to add to a turn. */
  z.object({ type: z.literal('text'), turnId: z.string(), text: z.string() }),
  /** Text to add to the thoughts of a turn. */
  z.object({ type: z.literal('thought'), turnId: z.string(), text: z.string() }),
  z.object({ type: z.literal('completions'), requestId: z.int(), items: z.array(completion) }),
  /** Puts the cursor into the question box, with this text when there is one. */
  z.object({ type: z.literal('focus'), question: z.string().nullable() }),
  /** Gives the focus to what had it last, after a list that the page opened is closed. */
  z.object({ type: z.literal('focus-back') }),
  /** Puts something beside the question that is being written. */
  z.object({ type: z.literal('attach'), attachment: attachmentView }),
]);
export type ToPage = z.infer<typeof toPage>;

/** Commands that buttons of the page may run; nothing else can be asked of the host. */
const pageCommands = [
  'longsight.getModel',
  'longsight.selectModel',
  'longsight.showLog',
  'longsight.restartEngine',
  'longsight.openWalkthrough',
  'longsight.resumeIndexing',
  'longsight.newQuestion',
] as const;

/** Longest question the page sends on, in UTF-16 units; the engine says what it does with a long one. */
const longestQuestion = 200_000;

/** Attachments of one question at most. */
export const mostAttached = 30;

/** Page to extension host. */
export const fromPage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('ask'),
    question: z.string().min(1).max(longestQuestion),
    attached: z.array(attachmentView).max(mostAttached),
  }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('continue'), turnId: z.string() }),
  z.object({ type: z.literal('again'), turnId: z.string() }),
  z.object({ type: z.literal('open'), turnId: z.string(), sourceId: z.string() }),
  z.object({ type: z.literal('open-candidate'), turnId: z.string(), at: z.int().nonnegative() }),
  z.object({ type: z.literal('open-attached'), turnId: z.string(), at: z.int().nonnegative() }),
  z.object({ type: z.literal('copy'), text: z.string().max(longestQuestion) }),
  z.object({ type: z.literal('pin'), turnId: z.string(), sourceId: z.string(), pinned: z.boolean() }),
  z.object({ type: z.literal('drop'), turnId: z.string(), sourceId: z.string(), dropped: z.boolean() }),
  z.object({ type: z.literal('copy-link'), turnId: z.string(), sourceId: z.string() }),
  z.object({
    type: z.literal('complete'),
    requestId: z.int(),
    kind: z.enum(['file-or-symbol', 'folder']),
    prefix: z.string().max(400),
  }),
  /** Opens the choice of scope. */
  z.object({ type: z.literal('scope') }),
  /** Narrows the scope to a folder, or widens it by one when it is narrow already. */
  z.object({ type: z.literal('add-scope'), repository, folder: z.string().max(4096) }),
  z.object({ type: z.literal('open-folder') }),
  z.object({ type: z.literal('command'), command: z.enum(pageCommands) }),
  /** Something the page could not do; goes to the log. */
  z.object({ type: z.literal('problem'), message: z.string().max(4000) }),
]);
export type FromPage = z.infer<typeof fromPage>;
