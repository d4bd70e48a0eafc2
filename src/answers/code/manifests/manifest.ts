/** What a manifest tells about a package: its name, what it says it is, what it can run and where it begins; each with its line. */

export interface Fact {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

export interface Command {
  /** What a person types. */
  readonly command: string;
  /** What it runs, as written in the manifest; empty when the tool's own convention says it. */
  readonly runs: string;
  readonly line: number;
}

export interface EntryPoint {
  /** `bin`, `main`, `exports`, `script`, `executable`… */
  readonly kind: string;
  readonly name: string;
  /** File or object it leads to, as written; empty when it is not said. */
  readonly target: string;
  readonly line: number;
}

export interface Manifest {
  readonly path: string;
  /** Of which tool: `npm`, `pyproject`, `go`… */
  readonly tool: string;
  readonly name?: Fact;
  readonly description?: Fact;
  readonly commands: readonly Command[];
  readonly entryPoints: readonly EntryPoint[];
}

/** Reads one kind of manifest; it never fails: of a damaged file it gives what it could read. */
export interface ManifestReader {
  /** @param name the file's name without folders */
  matches(name: string): boolean;
  /** @param lines the file's lines; @param path relative to the repository */
  read(path: string, lines: readonly string[]): Manifest;
}

/** Number of the first line, from 1, in which the pattern stands at or after a line; 1 when it stands nowhere. */
export function lineOf(lines: readonly string[], pattern: RegExp, from = 1): number {
  const at = lines.findIndex((line, index) => index >= from - 1 && pattern.test(line));
  return at < 0 ? 1 : at + 1;
}

/** A text as part of a regular expression that matches just it. */
export function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
}
