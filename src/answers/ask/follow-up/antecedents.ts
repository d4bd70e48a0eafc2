/** Whether a pronoun has its noun in the question itself, or means nothing at all. */
import { type Token, isAuxiliary, isContent } from './tokens.ts';
import { prepositions } from './vocabulary.ts';

const determiners = new Set('a an the each every any some another no'.split(' '));
/** Words that begin a clause. */
const clauses = new Set(
  'when if while and or but because before after once until that which who where so then unless though although ,'.split(
    ' ',
  ),
);

/** "Is it possible to …", "does it matter that …": it means nothing. */
export function isExpletive(tokens: readonly Token[], at: number): boolean {
  if (tokens[at]?.word !== 'it') return false;
  const next = tokens[at + 1]?.word ?? '';
  const further = tokens.slice(at + 1).map(({ word }) => word);
  if (
    /^(?:possible|necessary|allowed|true|better|worth|required|enough|ok|okay|safe|matter|easy|hard|take)$/.test(next)
  ) {
    const to = further.findIndex((word) => word === 'to' || word === 'that' || word === 'if');
    // "Is it possible to turn it off?" has another one; with an object of its own the sentence is whole.
    return to >= 0 && tokens.slice(at + 1 + to).filter((one) => isContent(one)).length >= 2;
  }
  return (
    /^(?:decided|determined|ensured|guaranteed|checked)$/.test(next) &&
    further.some((word) => /^(?:that|whether|if|which|how|when|what)$/.test(word))
  );
}

/** Whether a noun of this number in an earlier clause, or before a possessive, can be meant. */
export function hasAntecedent(tokens: readonly Token[], at: number, many: boolean, isPossessive: boolean): boolean {
  let codes = 0;
  for (let j = 0; j < at; j++) {
    const token = tokens[j];
    if (!token) continue;
    const isApart = isPossessive || tokens.slice(j + 1, at).some(({ word }) => clauses.has(word));
    if (!isApart) continue;
    if (token.isCode) {
      codes += 1;
      if (!many || codes > 1 || isPlural(token.word)) return true;
      continue;
    }
    const head = headAfter(tokens, j, at);
    if (head && isPlural(head.word) === many) return true;
  }
  return false;
}

/** The head of the noun phrase that the word at `j` begins: after a determiner, a preposition, "which" or an auxiliary verb. */
function headAfter(tokens: readonly Token[], j: number, end: number): Token | null {
  const { word } = tokens[j] ?? { word: '' };
  const isAsked = word === 'which' || word === 'what';
  // "What limits …" has no noun, "which cookies are …" has one.
  if (isAsked && !isAuxiliary(tokens[j + 2]?.word ?? '')) return null;
  // "What would break if …": what the auxiliary takes is the verb.
  if (isAuxiliary(word) && /^(?:what|who)$/.test(tokens[j - 1]?.word ?? '') && clauses.has(tokens[j + 2]?.word ?? ''))
    return null;
  const isClause = clauses.has(word) && word !== ',' && !isAsked;
  if (!isAsked && !isClause && !determiners.has(word) && !prepositions.has(word) && !isAuxiliary(word)) return null;
  let head: Token | null = null;
  for (let k = j + 1; k < Math.min(end, j + 5); k++) {
    const token = tokens[k];
    if (!token || (!isContent(token) && !token.isCode)) break;
    head = token;
    // After an auxiliary the subject is one word more often than not: "are redirects followed".
    if (!determiners.has(word)) break;
  }
  return head && !/ing$/.test(head.word) ? head : null;
}

function isPlural(word: string): boolean {
  return /[^su]s$/.test(word) && !/(?:ss|us|is|class|process|access|address|status|alias)$/.test(word);
}
