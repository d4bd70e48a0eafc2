/** Reads JSON manifests defensively: any shape may come, and each value is found again by the line of its key. */
import { lineOf, literally } from './manifest.ts';

export interface JsonManifest {
  readonly root: Readonly<Record<string, unknown>>;
  /** The line of a key, nested keys after their parents. */
  readonly line: (...keys: readonly string[]) => number;
}

/** The manifest's object; an empty one when the text is not a JSON object. */
export function readJson(lines: readonly string[]): JsonManifest {
  return {
    root: parse(lines.join('\n')),
    line: (...keys) => {
      let from = 1;
      for (const key of keys) from = lineOf(lines, new RegExp(`"${literally(key)}"\\s*:`), from);
      return from;
    },
  };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    return record(JSON.parse(text));
  } catch {
    // A manifest under edit is often not JSON for a moment; then it tells nothing.
    return {};
  }
}

/** The value when it is an object, else an empty one. */
export function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : {};
}

/** The value when it is a non-empty text. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}
