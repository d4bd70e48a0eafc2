/** Summaries as they travel between the engine and its clients: a tree of nodes whose sentences are claims about lines. */
import type { Citation, IndexCompleteness, LineRange } from './answers.ts';

export interface SummarizeRequest {
  /** As in {@link ExplainRequest}. */
  readonly repository?: string;
  /** Folder relative to the repository; left out: the whole. */
  readonly path?: string;
  readonly depth?: number;
  /** A Git revision: only what changed in the summary since. */
  readonly since?: string;
  readonly model?: string;
  /** True: no model runs. What a model wrote before is shown, and what of it is stale is marked. Left out: stale parts are written again. */
  readonly keptOnly?: boolean;
  /** The path from the folder where pages will be to the root of the repository, with forward slashes (`../..`); left out: no pages. */
  readonly pages?: string;
}

/** Lines that a claim rests on, as they are now. */
export interface ClaimGround extends LineRange {
  /** Hex SHA-256 of the lines' text when the claim was made, joined by line feeds. */
  readonly hash: string;
}

/** One sentence of a summary. */
export interface Claim {
  /** Markdown; the node's citations are in it as `[n]`. */
  readonly text: string;
  /** Those of the parts below included. */
  readonly rests: readonly ClaimGround[];
  /** `fresh`: all lines are as they were read; `moved`: they are, elsewhere in their file; `stale`: some changed or are gone. */
  readonly status: 'fresh' | 'moved' | 'stale';
}

export interface SummaryNode {
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'repository';
  /** Of the content below; the same hash means the summary is reused. */
  readonly hash: string;
  readonly summary: string;
  /** The summary's sentences in order. */
  readonly claims: readonly Claim[];
  readonly citations: readonly Citation[];
  /** It was made before, from just what it would be made from now; one that is stale is not. */
  readonly reused: boolean;
  /** The model that wrote it; null: it is extracted from the repository. */
  readonly writer: string | null;
}

/** What a summary took. */
export interface SummaryWork {
  /** Times that a model was run. */
  readonly modelCalls: number;
  /** Parts that a model wrote now, and those that it wrote before and that were taken as they were. */
  readonly written: number;
  readonly kept: number;
  /** Claims with lines that changed since. */
  readonly stale: number;
}

/** What changed in one part of the summary since a revision. */
export interface SummaryChange {
  readonly path: string;
  readonly kind: SummaryNode['kind'];
  /** Claims that were not made of the revision. */
  readonly added: readonly Claim[];
  /** Claims that were, their lines as they were there; null: what was said of the revision is not kept. */
  readonly removed: readonly Pick<Claim, 'text' | 'rests'>[] | null;
}

/** A definition that a path goes through. */
export interface ExecutionStep extends LineRange {
  /** With the names around it. */
  readonly name: string;
  /** Below the entry, which is 0. */
  readonly depth: number;
  /** Where the step above calls it; null: the entry. */
  readonly calledAt: { readonly path: string; readonly line: number } | null;
}

/** What happens from one place where the repository is entered. */
export interface ExecutionPath {
  readonly entry: ExecutionStep;
  /** In the order of calls, each below the step that calls it. */
  readonly steps: readonly ExecutionStep[];
  /** The line with which the deepest step ends; the text is empty where it falls off its end. */
  readonly exit: LineRange & { readonly text: string };
}

/** One page of a summary. */
export interface SummaryPage {
  /** Relative to the folder of the pages, with forward slashes; `index.md` is the first. */
  readonly path: string;
  readonly markdown: string;
}

export interface Summary {
  readonly markdown: string;
  /** When they were asked for. */
  readonly pages?: readonly SummaryPage[];
  /** The picture of the module map in the document, for a client that draws it itself. */
  readonly moduleMapSvg?: string;
  readonly nodes: readonly SummaryNode[];
  readonly work: SummaryWork;
  /** Without `since`: the main paths; empty where none was found. */
  readonly paths?: readonly ExecutionPath[];
  /** With `since`: by path, parts in which no claim changed left out. */
  readonly changes?: readonly SummaryChange[];
  readonly index: IndexCompleteness;
  readonly model: string | null;
  readonly totalMs: number;
}
