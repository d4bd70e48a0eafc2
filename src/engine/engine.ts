/** The engine: wires the rooms behind one interface, each made when it is first needed. */
import type { EngineApi } from '../protocol/engine.ts';
import type { IndexReport } from '../protocol/status.ts';

/** What a door in the same process may do beyond the interface of the protocol. */
export interface Engine extends EngineApi {
  /** Begins to index, and goes on to follow changes; for a door that waits for nothing. */
  startInBackground(): void;
  /** Follows the files until the signal is aborted, with a report after every change that was indexed. */
  watch(request: { lexicalOnly: boolean }, onReport: (report: IndexReport) => void, signal: AbortSignal): Promise<void>;
  dispose(): Promise<void>;
}
