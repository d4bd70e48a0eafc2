/** The error for a constraint that a kind of server cannot be held to. */
import { type LongsightError, fault } from '../../../base/errors.ts';
import type { Constraint } from '../../decoder.ts';
import { type ServerKind, serverNames } from '../dialect.ts';

const words: Readonly<Record<Constraint['kind'], string>> = {
  quote: 'quotes of the sources, and this model has not passed the reading test that lets it write freely',
  regex: 'a regular expression',
  'json-schema': 'a JSON schema',
};

export function cannotConstrain(kind: ServerKind, constraint: Constraint): LongsightError {
  return fault('LS3213', `${serverNames[kind]}s are not known to hold their output to ${words[constraint.kind]}`);
}
