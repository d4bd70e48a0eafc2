/** What kind of answer a question asks for, told from its words: which places are worth reading beside those that fit best. */

export type QuestionKind = 'where' | 'how' | 'what happens' | 'why' | 'compare' | 'overview' | 'other';

interface Rule {
  readonly kind: QuestionKind;
  readonly asks: RegExp;
}

/** The first that matches counts; a further kind of question is a further row. */
const rules: readonly Rule[] = [
  {
    kind: 'compare',
    asks: /\b(?:differ(?:s|ence|ences|ent)?|compared? (?:to|with)|versus|vs\.?|unlike|distinguish\w*|distinction|as opposed to|rather than|relationship between|relation between)\b/i,
  },
  {
    kind: 'why',
    asks: /^\W*(?:for what reason|why|what(?:'s| is| are) the (?:reason|purpose|point|rationale|motivation))\b|\bwhy\b/i,
  },
  {
    kind: 'overview',
    asks: /\b(?:overview|architecture|overall (?:structure|design)|main (?:parts|modules|components)|how is (?:this|the) (?:project|repository|code ?base|library|code) (?:organi[sz]ed|structured)|what does this (?:project|repository|library|package|app|application|tool) do)\b/i,
  },
  {
    kind: 'where',
    asks: /^\W*(?:(?:in|from) (?:which|what) (?:file|module|class|function|place)|where|which (?:file|module|function|class|method|code)|find|locate|show me)\b/i,
  },
  {
    kind: 'what happens',
    asks: /\bwhat (?:happens|does .+ (?:do|return|raise|throw|answer))\b|\b(?:when|if) .+ (?:fails?|throws?|raises?|panics?|is called)\b/i,
  },
  { kind: 'how', asks: /\bhow\b/i },
];

/** How much of what the best pieces are related to is read, beside what fits by itself. */
export interface Mix {
  /** Of what they use. */
  readonly uses: number;
  /** Of what uses them. */
  readonly users: number;
}

/** A flow is followed in both directions; a place, or a reason, is mostly told where it is. */
export const mixes: Readonly<Record<QuestionKind, Mix>> = {
  where: { uses: 1, users: 1 },
  how: { uses: 1, users: 1 },
  'what happens': { uses: 1, users: 1 },
  why: { uses: 1, users: 1 },
  compare: { uses: 1, users: 1 },
  overview: { uses: 0.5, users: 0.5 },
  other: { uses: 1, users: 1 },
};

export function kindOfQuestion(question: string): QuestionKind {
  return rules.find(({ asks }) => asks.test(question))?.kind ?? 'other';
}

/** Whether the question asks for tests, examples or documents, which are otherwise read after the code itself. */
export function wantsTests(question: string): boolean {
  return /\b(?:tests?|tested|testing|specs?|examples?|samples?|mocks?|fixtures?|bench\w*|documentation|docs)\b|\btest_\w+|\b[Tt]est[A-Z]\w+/.test(
    question,
  );
}
