/**
 * What happens on the main paths: from where the repository is entered, step by step along the calls that lead to most of it, to
 * where the path ends. It is made of the relations of names, scopes and imports, without a model; calls through values and
 * callbacks are not seen.
 */
import { throwIfCancelled, yieldToEventLoop } from '../../base/cancellation.ts';
import type { IndexReader } from '../../index/types.ts';
import type { LineRange } from '../../protocol/answers.ts';
import type { ExecutionPath, ExecutionStep } from '../../protocol/summary.ts';
import { type CodeRelations, type Definition, createCodeRelations } from '../code/code-relations.ts';
import { fileText, qualifiedName } from '../code/file-text.ts';
import { type Manifest, literally } from '../code/manifests/manifest.ts';
import { isData, isTestPath, mainDefinitions } from '../code/module-map.ts';
import { isPublicDefinition } from '../code/visibility.ts';
import { parent } from '../code/imports.ts';

const mostPaths = 4;
/** Of one path: its length below the entry, the calls that are shown of one step, and all steps together. */
const deepest = 4;
const mostCalls = 4;
const mostSteps = 14;
/** Definitions that are followed to weigh one, and candidates that are weighed where nothing says where it begins. */
const mostFollowed = 60;
const mostCandidates = 30;
/** Fewer steps tell no path. */
const fewestSteps = 2;

interface Call {
  readonly definition: Definition;
  readonly line: number;
}

/** Paths from the programs that manifests declare, then from functions named `main` and public functions, those that lead to most first. */
export async function executionMap(
  reader: IndexReader,
  manifests: readonly Manifest[],
  scope: string,
  signal: AbortSignal,
): Promise<ExecutionPath[]> {
  const graph = callGraph(reader, createCodeRelations(reader), signal);
  const programs = declaredPrograms(reader, manifests, scope);
  const others = [...mains(reader, scope), ...publicFunctions(reader, scope)].slice(0, mostCandidates);
  const weighed: { readonly entry: Definition; readonly reach: number }[] = [];
  for (const entry of others) weighed.push({ entry, reach: await graph.reach(entry) });
  weighed.sort((a, b) => b.reach - a.reach);
  const paths: ExecutionPath[] = [];
  const told = new Set<string>();
  for (const entry of [...programs, ...weighed.map((one) => one.entry)]) {
    if (paths.length >= mostPaths) break;
    // What another path went through already is no path of its own.
    if (told.has(keyOf(entry))) continue;
    const steps = await stepsOf(entry, graph, told);
    if (steps.length < fewestSteps) continue;
    told.add(keyOf(entry));
    paths.push({ entry: stepOf(entry, 0, null), steps, exit: exitOf(reader, entry, steps) });
  }
  return paths;
}

interface CallGraph {
  /** What a definition calls, in the order of its lines. */
  calls(definition: Definition): Promise<readonly Call[]>;
  /** How many definitions are reached, as far as they are followed. */
  reach(definition: Definition): Promise<number>;
}

function callGraph(reader: IndexReader, relations: CodeRelations, signal: AbortSignal): CallGraph {
  const known = new Map<string, readonly Call[]>();
  let asked = 0;
  const calls = async (definition: Definition): Promise<readonly Call[]> => {
    const key = keyOf(definition);
    const found = known.get(key);
    if (found) return found;
    throwIfCancelled(signal);
    if (++asked % 8 === 0) await yieldToEventLoop();
    // What a class uses is not what making one of it does.
    const made = (definition.kind === 'type' ? [] : relations.usedBy(definition).used)
      .filter(({ definition: one, how }) => how !== 'by name alone' && isStep(one, reader) && keyOf(one) !== key)
      .filter(({ definition: one, line }) => isCalled(one, reader, definition.path, line))
      .map(({ definition: one, line }): Call => ({ definition: one, line }))
      .toSorted((a, b) => a.line - b.line);
    known.set(key, made);
    return made;
  };
  return {
    calls,
    reach: async (definition) => {
      const seen = new Set([keyOf(definition)]);
      let level: readonly Definition[] = [definition];
      let followed = 0;
      while (level.length > 0 && followed < mostFollowed) {
        const next: Definition[] = [];
        for (const one of level.slice(0, mostFollowed - followed)) {
          followed += 1;
          for (const { definition: called } of await calls(one)) {
            if (seen.has(keyOf(called))) continue;
            seen.add(keyOf(called));
            next.push(called);
          }
        }
        level = next;
      }
      return seen.size;
    },
  };
}

/** Depth first, the calls of one step that lead to most, in the order of their lines. */
async function stepsOf(entry: Definition, graph: CallGraph, told: Set<string>): Promise<ExecutionStep[]> {
  const steps: ExecutionStep[] = [];
  const seen = new Set([keyOf(entry)]);
  const walk = async (from: Definition, depth: number): Promise<void> => {
    if (depth > deepest) return;
    const weighed: { readonly call: Call; readonly reach: number }[] = [];
    for (const call of await graph.calls(from))
      if (!seen.has(keyOf(call.definition))) weighed.push({ call, reach: await graph.reach(call.definition) });
    const chosen = weighed
      .toSorted((a, b) => b.reach - a.reach)
      .slice(0, mostCalls)
      .toSorted((a, b) => a.call.line - b.call.line);
    const heaviest = Math.max(...chosen.map(({ reach }) => reach));
    for (const { call, reach } of chosen) {
      if (steps.length >= mostSteps || seen.has(keyOf(call.definition))) continue;
      seen.add(keyOf(call.definition));
      told.add(keyOf(call.definition));
      steps.push(stepOf(call.definition, depth, { path: from.path, line: call.line }));
      // The path goes on where most of the repository is.
      if (reach === heaviest) await walk(call.definition, depth + 1);
    }
  };
  await walk(entry, 1);
  return steps;
}

function stepOf(definition: Definition, depth: number, calledAt: ExecutionStep['calledAt']): ExecutionStep {
  const { path, startLine, endLine } = definition;
  return { name: qualifiedName(definition), path, startLine, endLine, depth, calledAt };
}

/** The last line that leaves the deepest step: what it returns, raises or ends with. */
function exitOf(reader: IndexReader, entry: Definition, steps: readonly ExecutionStep[]): LineRange & { text: string } {
  const last = steps.reduce<LineRange & { depth: number }>((deep, step) => (step.depth > deep.depth ? step : deep), {
    ...entry,
    depth: 0,
  });
  const lines = fileText(reader, last.path)?.lines ?? [];
  const leaves = /^\s*(?:return|yield|raise|throw|panic!|(?:sys|process|os|std::process)(?:\.|::)[eE]xit)\b/;
  for (let line = last.endLine; line > last.startLine; line--)
    if (leaves.test(lines[line - 1] ?? ''))
      return { path: last.path, startLine: line, endLine: line, text: (lines[line - 1] ?? '').trim() };
  return { path: last.path, startLine: last.endLine, endLine: last.endLine, text: '' };
}

function isStep({ kind, path, local }: Definition, reader: IndexReader): boolean {
  return (
    (kind === 'function' || kind === 'method' || kind === 'type') &&
    !local &&
    !isTestPath(path) &&
    !isData(reader.file(path))
  );
}

/** Whether a line calls it: a name alone may be a type that is named, or a function that is handed on. */
function isCalled({ name, kind }: Definition, reader: IndexReader, path: string, line: number): boolean {
  if (kind !== 'type') return true;
  const language = reader.file(path)?.language ?? '';
  // There a type's name before a parenthesis is a conversion.
  if (language === 'go' || language === 'rust') return false;
  const file = fileText(reader, path);
  return new RegExp(String.raw`(?<![\w$])${literally(name)}\s*(?:<[^>()]*>\s*)?\(`, 'u').test(
    file?.lines[line - 1] ?? '',
  );
}

function isOwn(path: string, scope: string): boolean {
  return (scope === '' || path.startsWith(`${scope}/`)) && !isTestPath(path);
}

/** Where manifests say that a program begins: `package.module:function`, as Python's console scripts are declared. */
function declaredPrograms(reader: IndexReader, manifests: readonly Manifest[], scope: string): Definition[] {
  const all = manifests
    .filter(({ path }) => !isTestPath(path))
    .flatMap(({ entryPoints }) => entryPoints)
    .flatMap(({ target }) => {
      const [, module, name] = /^([\w.]+):(?:\w+\.)*(\w+)$/.exec(target) ?? [];
      if (module === undefined || name === undefined) return [];
      const file = module.replaceAll('.', '/');
      return reader
        .definitions(name)
        .filter(
          ({ path }) => isOwn(path, scope) && (path.endsWith(`${file}.py`) || path.endsWith(`${file}/__init__.py`)),
        );
    });
  return [...new Map(all.map((one) => [keyOf(one), one])).values()];
}

/** Functions named `main`, those of tests and examples left out. */
function mains(reader: IndexReader, scope: string): Definition[] {
  return reader
    .definitions('main')
    .filter(
      ({ kind, local, scope: outer, path }) =>
        (kind === 'function' || kind === 'method') &&
        !local &&
        outer.length <= 1 &&
        isOwn(path, scope) &&
        !isData(reader.file(path)),
    );
}

/** Public functions, and public methods of the main types, those of the main definitions first. */
function publicFunctions(reader: IndexReader, scope: string): Definition[] {
  const files = reader.files().filter(({ path }) => isOwn(path, scope));
  return mainDefinitions(reader, files, mostCandidates).flatMap(({ symbol, path }): Definition[] => {
    const file = fileText(reader, path);
    if (!file || !isPublicDefinition(symbol, file)) return [];
    if (symbol.kind !== 'type') return [{ ...symbol, path }];
    // The methods of a type of Go or Rust may be in other files of its folder.
    return reader
      .files()
      .filter((one) => one.path === path || parent(one.path) === parent(path))
      .flatMap((one) => {
        const text = fileText(reader, one.path);
        return reader
          .symbolsOf(one.path)
          .filter(
            (member) =>
              member.kind === 'method' &&
              member.scope.at(-1) === symbol.name &&
              text !== undefined &&
              isPublicDefinition(member, text),
          )
          .map((member) => ({ ...member, path: one.path }));
      })
      .toSorted((a, b) => b.endLine - b.startLine - (a.endLine - a.startLine))
      .slice(0, 3);
  });
}

function keyOf({ path, startLine, name }: Definition): string {
  return `${path} ${startLine} ${name}`;
}
