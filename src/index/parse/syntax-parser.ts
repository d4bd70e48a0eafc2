/** Parses with tree-sitter's WebAssembly: grammars are loaded once, every tree is freed, a parse that takes too long is given up. */
import { readFileSync } from 'node:fs';
import { Language, Parser, Query, type Tree, type TreeCursor } from 'web-tree-sitter';
import { boundaryCosts } from '../chunks/boundaries.ts';
import { cutLines } from '../chunks/chunker.ts';
import { syntaxOf } from '../languages/table.ts';
import { tabulateLines } from '../chunks/lines.ts';
import { type ParsedFile, assemble } from './parsed-file.ts';
import { extractSymbols } from './symbols.ts';
import { threadTime } from './thread-time.ts';

const grammarFolder = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/grammars/' : './grammars/',
  import.meta.url,
);

/** Longer texts (UTF-16 units) are chunked by lines: tree-sitter's memory grows to 50 times the text and is never given back. */
export const longestParsed = 1_000_000;

interface Grammar {
  readonly language: Language;
  readonly query: Query;
}

/** A parse was given up after the processor time it may take. */
export class ParseTimeout extends Error {
  constructor(milliseconds: number) {
    super(`parsing took more than ${milliseconds} ms of the processor`);
    this.name = 'ParseTimeout';
  }
}

export class SyntaxParser {
  readonly #parser: Parser;
  readonly #memory: () => number;
  readonly #grammars = new Map<string, Promise<Grammar>>();

  private constructor(parser: Parser, memory: () => number) {
    this.#parser = parser;
    this.#memory = memory;
  }

  static async create(): Promise<SyntaxParser> {
    let memory: WebAssembly.Memory | undefined;
    const module = new WebAssembly.Module(readFileSync(new URL('web-tree-sitter.wasm', grammarFolder)));
    await Parser.init({
      // Instantiating here lets us see the memory, which the library hides.
      instantiateWasm: (
        imports: WebAssembly.Imports,
        done: (instance: WebAssembly.Instance, module: WebAssembly.Module) => void,
      ) => {
        const instance = new WebAssembly.Instance(module, imports);
        memory = [...Object.values(instance.exports), ...Object.values(imports['env'] ?? {})].find(
          (one) => one instanceof WebAssembly.Memory,
        );
        done(instance, module);
        return instance.exports;
      },
    });
    return new SyntaxParser(new Parser(), () => memory?.buffer.byteLength ?? 0);
  }

  /** Bytes of the WebAssembly memory, which only ever grows. */
  get memory(): number {
    return this.#memory();
  }

  static knows(language: string): boolean {
    return syntaxOf.has(language);
  }

  /**
   * @throws ParseTimeout after `limit` milliseconds of the processor; the parser can be used again
   * @throws WebAssembly.RuntimeError when tree-sitter aborts (out of memory); nothing in this thread can parse after that
   */
  async analyse(text: string, language: string, limit: number): Promise<ParsedFile> {
    const syntax = syntaxOf.get(language);
    if (!syntax) throw new Error(`no grammar for ${language}`);
    const { language: grammar, query } = await this.#grammar(syntax.grammar, syntax.query);
    const lines = tabulateLines(text);
    const late = timer(limit);
    this.#parser.setLanguage(grammar);
    let tree: Tree | null = null;
    let cursor: TreeCursor | undefined;
    try {
      tree = this.#parser.parse(text, null, { progressCallback: late });
      if (!tree) {
        this.#parser.reset();
        throw new ParseTimeout(limit);
      }
      const matches = query.matches(tree.rootNode, { progressCallback: late });
      if (late()) throw new ParseTimeout(limit);
      const extracted = extractSymbols(matches, text, lines, syntax);
      cursor = tree.walk();
      return assemble(text, lines, cutLines(lines, boundaryCosts(cursor, text, lines)), extracted);
    } finally {
      cursor?.delete();
      tree?.delete();
    }
  }

  #grammar(file: string, source: string): Promise<Grammar> {
    let loading = this.#grammars.get(file);
    if (!loading) {
      loading = Language.load(readFileSync(new URL(file, grammarFolder))).then((language) => ({
        language,
        query: new Query(language, source),
      }));
      this.#grammars.set(file, loading);
      // A failed load is tried again by the next file.
      loading.catch(() => this.#grammars.delete(file));
    }
    return loading;
  }
}

/** Whether this thread has computed for longer than `limit` milliseconds since; asked often, it looks at the clock first. */
function timer(limit: number): () => boolean {
  const begun = performance.now();
  const computed = threadTime();
  let next = begun + limit;
  return () => {
    const now = performance.now();
    // A thread cannot compute for longer than time has passed.
    if (now < next) return false;
    const left = limit - (threadTime() - computed);
    next = now + left;
    return left <= 0;
  };
}
