/** "Every environment variable that is read", "every path X serves", "every command line option": texts that code gives to known calls. */
import { say } from '../../../base/sentences.ts';
import type { SymbolDefinition } from '../../../index/types.ts';
import { withoutCommentsAndStrings } from '../../code/code-words.ts';
import { type FileText, fileText, innermost } from '../../code/file-text.ts';
import { isData } from '../../code/module-map.ts';
import { contentWords, wordsOf } from '../../code/words.ts';
import { askedWords } from '../asked-text.ts';
import type { FoundList, ListedItem, QuestionForm, World } from '../form.ts';
import { placeNamed } from '../places.ts';
import { withoutTests } from '../without-tests.ts';

interface Literal {
  readonly nouns: RegExp;
  /** The first group that matched is the text; without one the place reads a name that is made while the program runs. */
  readonly calls: readonly RegExp[];
}

const quoted = String.raw`["'\x60]([^"'\x60\n]+)["'\x60]`;

const rows: readonly Literal[] = [
  {
    nouns: /^(?:env(?:ironment)? var(?:iable)?s?|env vars?)\b/i,
    calls: [
      String.raw`\b(?:os\.)?environ(?:\.get|\.pop|\.setdefault)?\s*[[(]\s*(?:${quoted}|(?=\w))`,
      String.raw`\b(?:os\.)?(?:getenv|Getenv|LookupEnv)\s*\(\s*(?:${quoted}|(?=\w))`,
      String.raw`\bprocess\.env(?:\.([A-Za-z_]\w*)|\[\s*(?:${quoted}|(?=\w)))`,
      String.raw`\bimport\.meta\.env\.([A-Za-z_]\w*)`,
      String.raw`\b(?:env::var(?:_os)?|option_env!|env!)\s*\(\s*(?:${quoted}|(?=\w))`,
      String.raw`\bSystem\.getenv\s*\(\s*(?:${quoted}|(?=\w))`,
      String.raw`\bENV(?:\.fetch)?\s*[[(]\s*(?:${quoted}|(?=\w))`,
      String.raw`\bGetEnvironmentVariable\s*\(\s*(?:${quoted}|(?=\w))`,
      String.raw`\$_(?:ENV|SERVER)\[\s*${quoted}`,
      String.raw`\$env:([A-Za-z_]\w*)`,
    ].map((source) => new RegExp(source, 'g')),
  },
  {
    nouns: /^(?:(?:http |url |api |web )?(?:paths?|routes?|endpoints?|urls?)(?: patterns?)?)\b/i,
    calls: [
      String.raw`(?:\.|@\w+\.|\b)(?:get|post|put|patch|delete|del|head|options|connect|trace|all|any|use|route|mount|handle|handlefunc|method|methodfunc|websocket|api_route|add_route|add_api_route|add_url_rule|group|path|re_path|register)\s*(?:<[^>]*>)?\(\s*(?:${quoted.replace('[^', String.raw`\^?\/[^`).replace('+)', '*)')})`,
      String.raw`@(?:Get|Post|Put|Patch|Delete|Request)(?:Mapping)?\s*\(\s*(?:(?:value|path)\s*=\s*)?\{?\s*${quoted}`,
      String.raw`\b(?:path|re_path|url)\s*\(\s*r?${quoted}\s*,`,
      String.raw`\[(?:Http(?:Get|Post|Put|Delete|Patch)|Route)\s*\(\s*${quoted}`,
    ].map((source) => new RegExp(source, 'gi')),
  },
  {
    nouns: /^(?:(?:command[ -]?line|cli) (?:options?|flags?|arguments?|switches)|flags?)\b/i,
    calls: [
      String.raw`\badd_argument\s*\(\s*${quoted}`,
      String.raw`@(?:\w+\.)?option\s*\(\s*${quoted}`,
      String.raw`\.(?:option|requiredOption|addOption)\s*\(\s*(?:new Option\()?\s*${quoted}`,
      String.raw`\bflag\.(?:String|Bool|Int|Int64|Uint|Float64|Duration)(?:Var)?\s*\((?:[^,"']*,\s*)?\s*${quoted}`,
      String.raw`\b(?:Persistent)?Flags\(\)\.\w+\s*\((?:&?[\w.]+,\s*)?\s*${quoted}`,
      String.raw`#\[(?:arg|clap)\([^\]]*\blong\s*=\s*${quoted}`,
    ].map((source) => new RegExp(source, 'g')),
  },
];

const tail =
  /^\s*(?:(?:that|which)\s+)?(?:(?:are|is)\s+)?(?:(?:read|used|looked up|consulted|accessed|served|exposed|registered|defined|handled|declared|accepted|known|supported)\s*)?(?:(?:in|of|by|from|for|under|inside|within)\s+(?<where>.+)|(?<subject>.+?)\s+(?:reads?|uses?|serves?|exposes?|registers?|defines?|handles?|declares?|accepts?|looks? up|consults?|has|have|knows?|supports?))?$/i;
const asked =
  /^\s*(?:does|do|can|is|are)\s+(?<subject>.+?)\s+(?:read|use|serve|expose|register|define|handle|declare|accept|look up|consult|have|know|support)$/i;

export const literals: QuestionForm = {
  name: 'literals',
  find: async ({ listed }, world) => {
    if (listed === null) return null;
    for (const { nouns, calls } of rows) {
      const noun = nouns.exec(listed)?.[0];
      if (noun === undefined) continue;
      const rest = listed.slice(noun.length);
      const groups = (asked.exec(rest) ?? tail.exec(rest))?.groups;
      if (!groups) return null;
      return listOf(listed, groups['where'] ?? groups['subject'] ?? '', calls, world);
    }
    return null;
  },
};

interface Found {
  readonly path: string;
  readonly line: number;
  readonly text: string;
  readonly code: string;
  readonly within: SymbolDefinition | null;
}

async function listOf(
  listed: string,
  where: string,
  calls: readonly RegExp[],
  world: World,
): Promise<FoundList | null> {
  const place = where === '' ? null : placeNamed(world.reader, where);
  const found: Found[] = [];
  for (const entry of world.reader.files()) {
    if (isData(entry) || !world.isInScope(entry.path) || place?.holds(entry.path) === false) continue;
    await world.breathe();
    const file = fileText(world.reader, entry.path);
    if (file) found.push(...literalsIn(file, calls, world));
  }
  const { kept: all, inTests } = withoutTests(world, found);
  const kept = place || where === '' ? all : namedBy(where, all);
  if (kept.length === 0) return null;
  const firstOnly = [
    ...new Map(
      kept.toReversed().map((one) => [one.text === '' ? `${one.path}:${String(one.line)}` : one.text, one]),
    ).values(),
  ].toReversed();
  const computed = firstOnly.filter(({ text }) => text === '').length;
  return {
    heading: say(
      '{0}: {1} found.',
      askedWords(listed.replace(/\s+(?:that|which)\s+.*$/, '')),
      firstOnly.length - computed,
    ),
    items: firstOnly.map(({ path, line, text, code, within }): ListedItem => ({
      path,
      startLine: line,
      endLine: line,
      label: text,
      symbol: within,
      code: text === '' || !code.includes(text) ? code : '',
    })),
    inTests: place || where === '' ? inTests : 0,
    limits: [
      say('Listed are texts that are given to the usual calls; the first place of each is cited.'),
      ...(computed > 0
        ? [
            say(
              '{0} places read a name that is made while the program runs; their lines are listed without it.',
              computed,
            ),
          ]
        : []),
    ],
  };
}

function literalsIn(file: FileText, calls: readonly RegExp[], { reader }: World): Found[] {
  const bare = withoutCommentsAndStrings(file.lines.join('\n'), file.language).split('\n');
  const symbols = reader
    .symbolsOf(file.path)
    .filter(({ kind }) => kind === 'function' || kind === 'method' || kind === 'type');
  return file.lines.flatMap((line, at) =>
    calls.flatMap((call) =>
      [...line.matchAll(call)].flatMap((match) => {
        // What is in a comment or a string is no call.
        if ((bare[at] ?? '').slice(match.index, match.index + 3).trim() === '') return [];
        // An assignment sets what it names.
        if (/^\w*\s*\]\s*=(?!=)/.test(line.slice(match.index + match[0].length))) return [];
        const text = match.slice(1).find((group: string | undefined) => group !== undefined) ?? '';
        return [{ path: file.path, line: at + 1, text, code: line.trim(), within: innermost(symbols, at + 1) ?? null }];
      }),
    ),
  );
}

/** Those in the definitions and files whose names hold the rarest of the words; none when no name holds any. */
function namedBy(where: string, found: readonly Found[]): Found[] {
  const names = found.map(
    ({ path, within }) =>
      new Set([...wordsOf(path), ...(within ? [...within.scope, within.name].flatMap(wordsOf) : [])]),
  );
  const rarity = new Map(
    contentWords(where).map(
      (word) => [word, Math.log(1 + found.length / (1 + names.filter((one) => one.has(word)).length))] as const,
    ),
  );
  const fits = names.map((one) => [...rarity].reduce((sum, [word, weight]) => sum + (one.has(word) ? weight : 0), 0));
  const most = Math.max(0, ...fits);
  return most === 0 ? [] : found.filter((_, at) => fits[at] === most);
}
