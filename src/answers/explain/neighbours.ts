/**
 * What stands around the code that is explained, as evidence: the definitions it uses and the places that use it. Each has the
 * small forms in which a decoder reads it, for the code itself comes first.
 */
import { say } from '../../base/sentences.ts';
import type { IndexReader, SymbolDefinition } from '../../index/types.ts';
import type { SourceForm } from '../../reading/plan.ts';
import { type FileText, chunkAt, declarationLines, fileText } from '../code/file-text.ts';
import { type Certainty, type Usage, type Uses, certaintyWords } from '../code/relations.ts';
import { form, formsOfDefinition } from '../evidence/dossier/forms.ts';
import type { QuestionWords } from '../evidence/dossier/question-words.ts';
import { type Evidence, toEvidence } from '../evidence/evidence.ts';

const mostUsed = 8;
const mostUsages = 6;
/** Lines shown around the place where a name is used. */
const around = 2;
/** A used definition of more lines is never read whole: what it is for is in its head. */
const mostWholeLines = 12;
/** Beside the code itself, which is worth 4: that much of it is read before anything of these is read larger. */
export const worthOfSubject = 4;
const worthOfUse: Readonly<Record<Certainty, number>> = {
  'same file': 0.6,
  imported: 0.6,
  'same package': 0.6,
  'only definition of this name': 0.5,
  'by name alone': 0.15,
};
const worthOfUsage = 0.4;

/** Adds the used definitions to the evidence; each with its number. */
export function addUsed(
  { used }: Uses,
  reader: IndexReader,
  words: QuestionWords,
  evidence: Evidence[],
): { number: number; how: Certainty }[] {
  const shown: { number: number; how: Certainty }[] = [];
  for (const { definition, how } of used) {
    if (shown.length >= mostUsed) break;
    const file = fileText(reader, definition.path);
    const chunk = file && chunkAt(file, definition.startLine);
    if (!file || !chunk) continue;
    const { startLine, endLine } = definition;
    const passage = { chunk, symbol: definition, startLine, endLine };
    const forms = formsOfDefinition(file, definition, reader.symbolsOf(file.path), words).filter(
      ({ kind }) => kind !== 'whole' || endLine - startLine < mostWholeLines,
    );
    evidence.push({
      ...toEvidence(file, passage, { score: 0, ranks: {} }, true, say('used: {0}', certaintyWords(how))),
      ...(forms.length > 0 && { reading: { forms, worth: worthOfUse[how] } }),
    });
    shown.push({ number: evidence.length, how });
  }
  return shown;
}

/** Adds the places of use to the evidence, a few lines each. */
export function addUsages(
  usages: readonly Usage[],
  reader: IndexReader,
  evidence: Evidence[],
): { number: number; line: number }[] {
  const shown: { number: number; line: number }[] = [];
  for (const usage of usages.slice(0, mostUsages)) {
    const file = fileText(reader, usage.path);
    const chunk = reader.chunk(usage.chunkId);
    if (!file || !chunk) continue;
    const startLine = Math.max(usage.startLine - around, usage.within?.startLine ?? 1);
    const endLine = Math.min(usage.startLine + around, usage.within?.endLine ?? file.lines.length);
    const passage = { chunk, symbol: usage.within, startLine, endLine };
    evidence.push({
      ...toEvidence(file, passage, { score: 0, ranks: {} }, true, say('uses it')),
      reading: { forms: [callSite(file, usage.within, startLine, endLine)], worth: worthOfUsage },
    });
    shown.push({ number: evidence.length, line: usage.startLine });
  }
  return shown;
}

/** The lines of a use under the first line of the definition that they are in. */
function callSite(file: FileText, within: SymbolDefinition | null, startLine: number, endLine: number): SourceForm {
  const declared = within && declarationLines(file, within);
  const lines = Array.from({ length: endLine - startLine + 1 }, (_, at) => startLine + at);
  const first = declared?.startLine ?? startLine;
  return form('lines', file, [first, ...lines], { startLine: Math.min(first, startLine), endLine });
}
