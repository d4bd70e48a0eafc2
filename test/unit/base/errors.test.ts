/** The catalogue of errors: every entry speaks in sentences, and what is thrown becomes one of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CancelledError } from '../../../src/base/cancellation.ts';
import { catalogue, fault, toUserError } from '../../../src/base/errors.ts';

describe('the catalogue of errors', () => {
  for (const [code, { message, hint }] of Object.entries(catalogue)) {
    it(`${code} says what happened and what to do, each in a sentence`, () => {
      assert.match(code, /^LS[1-8]\d{3}$/);
      assert.match(message('DETAIL'), /^[A-Z"].*[.:)"]|DETAIL$/s);
      assert.match(hint, /^[A-Z].*[.?"]$/s);
      assert.doesNotMatch(message('DETAIL') + hint, /!|undefined|\[object/);
    });
  }

  it('keeps the cause for the log and out of the message', () => {
    const { userError } = fault('LS4001', 'there', new Error('ENOENT: secret detail'));
    assert.match(userError.diagnostic ?? '', /ENOENT: secret detail/);
    assert.doesNotMatch(userError.message + userError.hint, /ENOENT/);
  });

  it('turns an unknown failure into LS1000 and a known one into itself', () => {
    assert.equal(toUserError(new TypeError('x is not a function')).code, 'LS1000');
    assert.equal(toUserError(fault('LS2001', 'm')).code, 'LS2001');
  });

  it('lets a cancellation through: it is no failure', () => {
    assert.throws(() => toUserError(new CancelledError()), CancelledError);
  });
});
