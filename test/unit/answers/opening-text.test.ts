/** What files say of themselves: words on the code, not titles, pictures of signs, licences or where it came from. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { firstDocumentParagraph, openingText } from '../../../src/answers/code/file-comment.ts';
import { firstSentence } from '../../../src/answers/code/first-sentence.ts';

function opening(path: string, language: string, text: string): string | undefined {
  const found = openingText({ path, language, lines: text.split('\n'), chunks: [] });
  return found && firstSentence(found.text);
}

test('a title over a rule is no sentence, and a licence at the end does not silence a docstring', () => {
  const text = '"""\nshelf.auth\n~~~~~~~~~~\n\nHandles who may open what. Slowly.\n\n:license: Apache 2.0\n"""\n';
  assert.equal(opening('auth.py', 'python', text), 'Handles who may open what.');
});

test('a picture of signs and a lone word say nothing', () => {
  assert.equal(
    opening('init.py', 'python', '# __ /__) _ _ _/ _\n# (- (/ (/ (-\n\n"""Keeps things."""\n'),
    'Keeps things.',
  );
  assert.equal(opening('index.ts', 'typescript', '// functions\nexport {};\n'), undefined);
});

test('where code came from is not what it does', () => {
  const text = 'package middleware\n\n// Ported from another middleware, see its page.\n\nimport "net/http"\n';
  assert.equal(opening('realip.go', 'go', text), undefined);
  assert.equal(
    opening('a.go', 'go', '// Package a routes what is taken from a queue.\npackage a\n'),
    'Package a routes what is taken from a queue.',
  );
});

test('a document is described by its first paragraph that is neither a comment nor a licence', () => {
  const lines = [
    '<!--',
    ' Licensed to the Harbor Foundation under one',
    ' or more agreements.',
    '-->',
    '',
    '# Traps',
    '',
  ];
  const found = firstDocumentParagraph([...lines, 'Copyright the Harbor people.', '', 'A shelf that holds things.']);
  assert.deepEqual(found, { text: 'A shelf that holds things.', startLine: 10, endLine: 10 });
});
