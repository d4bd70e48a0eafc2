/** The catalogue of errors: every entry speaks in sentences, to each client in its words, and what is thrown becomes one of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { type ErrorCode, catalogue } from '../../../src/base/error-catalogue/catalogue.ts';
import { fault, messageOf, toUserError } from '../../../src/base/errors.ts';
import { say } from '../../../src/base/sentences.ts';
import { createSpeaker, english } from '../../../src/base/speaker.ts';

const editor = createSpeaker('editor');
/** Said only of the command line's own options and requests, which the editor never makes. */
const commandLineOnly = new Set<string>(['LS1001', 'LS1006', 'LS3003', 'LS3006', 'LS3007', 'LS3031', 'LS3032']);

describe('the catalogue of errors', () => {
  for (const code of Object.keys(catalogue) as ErrorCode[])
    it(`${code} says what happened and what to do, each in a sentence`, () => {
      assert.match(code, /^LS[1-8]\d{3}$/);
      for (const speaker of [english, editor]) {
        const { message, hint } = speaker.error(fault(code, 'DETAIL').userError);
        assert.match(message, /^[A-Z"].*[.:)"]|DETAIL$/s);
        assert.match(hint, /^[A-Z].*[.?"]$/s);
        assert.doesNotMatch(message + hint, /!|undefined|\[object|\{\d/);
      }
    });

  it('names no option, command or variable of the command line in the editor', () => {
    for (const code of Object.keys(catalogue) as ErrorCode[]) {
      if (commandLineOnly.has(code)) continue;
      const { message, hint } = editor.error(fault(code, 'DETAIL').userError);
      assert.doesNotMatch(message + hint, /--\w|\blongsight [a-z]|LONGSIGHT_/, code);
    }
  });

  it('keeps the cause for the log and out of the message', () => {
    const { userError } = fault('LS4001', 'there', new Error('ENOENT: secret detail'));
    assert.match(userError.diagnostic ?? '', /ENOENT: secret detail/);
    assert.doesNotMatch(english.words(userError), /ENOENT/);
  });

  it('travels as numbers and values, and is said in the language of whoever shows it', () => {
    const detail = say('{0} redirects to {1}', 'here:1', 'there:2');
    const { userError } = fault('LS3215', detail);
    const received = JSON.parse(JSON.stringify(userError)) as typeof userError;
    assert.equal(
      english.error(received).message,
      'The model server redirected the request: here:1 redirects to there:2.',
    );
    const german = createSpeaker('editor', {
      locale: 'de',
      bundle: {
        'The model server redirected the request: {0}.': 'Der Modellserver leitet um: {0}.',
        '{0} redirects to {1}': 'nach {1} von {0}',
      },
    });
    assert.equal(german.error(received).message, 'Der Modellserver leitet um: nach there:2 von here:1.');
  });

  it('an error inside of another brings one full stop', () => {
    const inner = messageOf(fault('LS3002', 'out of memory').userError);
    assert.equal(
      english.error(fault('LS3001', inner).userError).message,
      'The decoder stopped working: The model could not be computed: out of memory.',
    );
  });

  it('turns an unknown failure into LS1000 and a known one into itself', () => {
    assert.equal(toUserError(new TypeError('x is not a function')).code, 'LS1000');
    assert.equal(toUserError(fault('LS2001', 'm')).code, 'LS2001');
  });

  it('lets a cancellation through: it is no failure', () => {
    assert.throws(() => toUserError(new CancelledError()), CancelledError);
  });
});
