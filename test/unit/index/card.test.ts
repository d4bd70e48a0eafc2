import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileCard, fittingCard, openingComment } from '../../../src/index/chunks/card.ts';
import { MemoryIndex, type MemoryChunk } from '../../support/memory-index.ts';

const cardOf = (path: string, chunks: readonly MemoryChunk[]): string =>
  fileCard(path, new MemoryIndex([{ path, chunks }]).chunksOf(path));

describe('the opening comment', () => {
  it('is the first one that is no licence', () => {
    assert.equal(
      openingComment(
        '// Copyright 2020 Somebody. All rights reserved.\n\n// Package mux routes\n// requests.\npackage mux',
      ),
      'Package mux routes\nrequests.',
    );
    assert.equal(openingComment('#!/usr/bin/env python\n"""Sends requests."""\nimport os'), 'Sends requests.');
    assert.equal(openingComment('/**\n * Splits strings.\n */\n#include <x>'), 'Splits strings.');
  });

  it('is found behind include guards and package lines', () => {
    assert.equal(openingComment('#ifndef A_H\n#define A_H\n/* Sockets. */\nint x;'), 'Sockets.');
    assert.equal(openingComment('package chi\n\n// Routes requests.\nfunc x()'), 'Routes requests.');
  });

  it('is empty when code comes first or there is nothing', () => {
    assert.equal(openingComment('x = 1\n# later'), '');
    assert.equal(openingComment(''), '');
    assert.equal(openingComment('/* never closed'), 'never closed');
  });
});

describe('the card of a file', () => {
  it('has the path, comments, types, then functions', () => {
    const card = cardOf('src/http/rate_limiter.py', [
      {
        text: '"""Slows callers down."""',
        symbols: [{ name: 'take_token' }, { name: 'RateLimiter', documentation: 'A bucket of tokens.' }],
      },
    ]);
    assert.equal(card, 'src http rate limiter. Slows callers down. A bucket of tokens. rate limiter, take token');
  });

  it('leaves locals out and stays short', () => {
    const symbols = Array.from({ length: 400 }, (_, i) => ({ name: `functionNumber${i}` }));
    const card = cardOf('a.ts', [{ text: 'x', symbols: [{ name: 'innerHelper', local: true }, ...symbols] }]);
    assert.ok(!card.includes('inner helper'));
    assert.ok(card.length <= 1000);
  });

  it('is cut until the embedder takes it', () => {
    const card = fittingCard('word '.repeat(200), (text) => text.length <= 120);
    assert.ok(card.length <= 120 && card.length > 60);
  });
});
