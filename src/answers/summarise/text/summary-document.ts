/** What the documents of a summary are written from. */
import type { Speaker } from '../../../base/speaker.ts';
import type { IndexReader } from '../../../index/types.ts';
import type { ExecutionPath, SummaryChange, SummaryNode } from '../../../protocol/summary.ts';
import type { Manifest } from '../../code/manifests/manifest.ts';
import type { Module } from '../../code/module-map.ts';

export interface SummaryDocument {
  readonly reader: IndexReader;
  readonly title: string;
  /** Folder that is summarised; empty for the repository. */
  readonly scope: string;
  readonly nodes: readonly SummaryNode[];
  readonly manifests: readonly Manifest[];
  readonly modules: readonly Module[];
  readonly paths: readonly ExecutionPath[];
  readonly picture: string | undefined;
  /** Folders deeper than this are shown with the ones above them. */
  readonly depth: number;
  readonly since?: string;
  /** With `since`. */
  readonly changes?: readonly SummaryChange[];
  /** The address of a folder's page; left out: there are no pages. */
  readonly pageOf?: (folder: string) => string | undefined;
  /** Sentences that stand on top: how complete it is, who wrote it. */
  readonly notices: readonly string[];
  readonly speaker: Speaker;
}
