/** The table of question forms, the narrower before the wider: the first that surely reads a question answers it. */
import type { QuestionForm } from './form.ts';
import { callees } from './forms/callees.ts';
import { definitions } from './forms/definitions.ts';
import { importers } from './forms/importers.ts';
import { literals } from './forms/literals.ts';
import { members } from './forms/members.ts';
import { pathBetween } from './forms/path-between.ts';
import { raises } from './forms/raises.ts';
import { subtypes } from './forms/subtypes.ts';
import { uses } from './forms/uses.ts';
import { values } from './forms/values.ts';

export const questionForms: readonly QuestionForm[] = [
  subtypes,
  raises,
  pathBetween,
  callees,
  importers,
  literals,
  uses,
  members,
  values,
  definitions,
];
