/** What became of a test: of Node's own runner, read from its events, or of a suite inside an editor, which reports it. */
export interface Outcome {
  readonly title: string;
  readonly state: 'passed' | 'failed' | 'skipped';
  /** With its stack; null where nothing failed. */
  readonly error: string | null;
}

/** An event of Node's test runner, as far as it is read here. */
export interface TestEvent {
  readonly type: string;
  readonly data?: {
    readonly name?: string;
    readonly file?: string;
    readonly skip?: string | boolean;
    readonly todo?: string | boolean;
    readonly message?: string;
    readonly details?: {
      readonly type?: string;
      readonly error?: Error & { readonly failureType?: string; readonly cause?: unknown };
    };
  };
}

/**
 * The outcome that an event tells; null for other events. A suite, or a file as a whole, is no test of its own, unless something
 * failed in it outside of every test: its own code, or a hook.
 */
export function outcomeOf({ type, data }: TestEvent): Outcome | null {
  const { name = '', file, details, skip, todo } = data ?? {};
  const isTest = details?.type !== 'suite' && name !== file;
  if (type === 'test:pass' && isTest) {
    if (skip === undefined && todo === undefined) return { title: name, state: 'passed', error: null };
    return { title: typeof skip === 'string' ? `${name}: ${skip}` : name, state: 'skipped', error: null };
  }
  if (type !== 'test:fail') return null;
  const { error } = details ?? {};
  const inItself = error?.failureType === 'testCodeFailure' || error?.failureType === 'hookFailed';
  if (!isTest && !inItself) return null;
  const cause = error?.cause instanceof Error ? error.cause : error;
  return { title: name, state: 'failed', error: cause?.stack ?? cause?.message ?? 'no reason was given' };
}
