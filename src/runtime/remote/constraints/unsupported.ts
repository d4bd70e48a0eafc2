/** The error for a constraint that a kind of server cannot be held to. */
import { type LongsightError, fault } from '../../../base/errors.ts';
import { type Sentence, say } from '../../../base/sentences.ts';
import type { Constraint } from '../../decoder.ts';
import { type ServerKind, serverNames } from '../dialect.ts';

function words(kind: Constraint['kind'], server: string): Sentence {
  switch (kind) {
    case 'quote':
      return say(
        '{0}s are not known to limit their output to quotes of the sources, and this model has not passed the reading test that lets it write freely',
        server,
      );
    case 'regex':
      return say('{0}s are not known to limit their output to a regular expression', server);
    case 'json-schema':
      return say('{0}s are not known to limit their output to a JSON schema', server);
  }
}

export function cannotConstrain(kind: ServerKind, constraint: Constraint): LongsightError {
  return fault('LS3213', words(constraint.kind, serverNames[kind]));
}
