import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { english } from '../../../src/base/speaker.ts';
import type { Answer } from '../../../src/protocol/answers.ts';
import { answersOver } from '../../support/answers-over.ts';
import { type IndexedFolder, indexFiles } from '../../support/indexed-folder.ts';

const never = new AbortController().signal;

/** One small repository of several languages; every list below can be counted by eye. */
const files = {
  'shop/errors.py': `
class ShopError(Exception):
    """What goes wrong in the shop."""


class StockError(ShopError):
    pass


class SoldOut(StockError):
    pass


class NotAnError:
    pass
`,
  'shop/cart.py': `
import os

from .errors import SoldOut, StockError
from . import prices

LIMIT = 10
CURRENCIES = {
    # The first is the default.
    "EUR": 2,
    "JPY": 0,
}


class Cart:
    size = 0

    def __init__(self):
        self.items = []
        self._total = 0

    def add(self, item):
        if len(self.items) >= LIMIT:
            raise SoldOut(item)
        self._check(item)

    def total_price(self):
        return prices.sum_up(self.items)

    def _check(self, item):
        if item is None:
            raise StockError("none")


class GiftCart(Cart):
    def add(self, item):
        super().add(item)


def convert(amount, currency):
    digits = CURRENCIES[currency]
    return round(amount, digits)


def checkout(cart):
    os.environ.get("SHOP_REGION")
    region = os.environ["SHOP_TOKEN"]
    os.environ["SHOP_WRITTEN"] = "1"
    return convert(cart.total_price(), "EUR")
`,
  'shop/prices.py': `
def sum_up(items):
    return sum(items)
`,
  'tests/test_cart.py': `
from shop.cart import checkout


def test_checkout():
    assert checkout(None)
`,
  'go.mod': 'module example.org/store\n',
  'server/routes.go': `package server

type Handler interface {
	Serve(path string) error
	Name() string
}

type Static struct {
	root string
	Options
}

type Options struct {
	Cache, Gzip bool
}

func (s *Static) Serve(path string) error { return nil }
func (s *Static) Name() string { return s.root }

type Half struct{}

func (h *Half) Name() string { return "half" }

type Level int

const (
	Low Level = iota
	High
	other = 3
)

func Monitor(r Router) {
	r.Get("/debug", nil)
	// r.Get("/never", nil)
	r.Post("/debug/reset", nil)
}

func Pages(r Router) {
	r.Get("/pages", nil)
}
`,
  'web/package.json': '{ "name": "@shop/web" }\n',
  'web/src/index.ts': `export * from './links/batchLink';
// export * from './links/hiddenLink';
export { splitLink } from './links/splitLink';
`,
  'web/src/links/batchLink.ts': `export type BatchLink = () => void;
export function batchLink(): void {}
`,
  'web/src/links/hiddenLink.ts': `export function hiddenLink(): void {}
`,
  'web/src/links/splitLink.ts': `import { batchLink } from './batchLink';
export const splitLink = (): void => {
  batchLink();
};
export type Mode = 'fast' | 'slow';
export class Runner {
  mode: Mode = 'fast';
}
`,
  'till/src/till/Printer.java': `package till;

@FunctionalInterface
public interface Printer {
  void print(String line);
}
`,
  'core/src/lib.rs': `pub trait Shape: Send {}
pub struct Square;
pub struct Circle;
impl Shape for Square {}
impl<'a, T: Send> Shape for Wrapper<'a, T> {}
// impl Shape for Ghost {}
`,
};

let folder: IndexedFolder;
const cleanups: (() => Promise<void>)[] = [];
before(async () => {
  folder = await indexFiles({ after: (cleanup) => cleanups.push(cleanup) }, 'shop', files);
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

async function ask(question: string): Promise<Answer> {
  const { answers, onEvent } = answersOver(folder);
  return answers.ask({ question }, onEvent, never);
}

/** The first thing in code of each item. */
function labels({ answer }: Answer): string[] {
  return [...answer.matchAll(/^- `([^`]+)`/gm)].map(([, label = '']) => label);
}

describe('questions whose answer is a list that is computed', () => {
  const expected: readonly (readonly [string, readonly string[]])[] = [
    ['Which classes derive from ShopError?', ['StockError', 'SoldOut']],
    ['What are the direct subclasses of ShopError?', ['StockError']],
    ['List all exceptions that are defined.', ['ShopError', 'StockError', 'SoldOut']],
    ['List every class that extends Cart in the shop package', ['GiftCart']],
    ['Which types implement the Handler interface?', ['Static']],
    ['Find all implementations of the Shape trait', ['Square', 'Wrapper']],
    ['List every interface in the till package', ['Printer']],
    ['Who calls convert?', ['checkout']],
    ['Where is `checkout` used?', ['test_checkout']],
    ['which functions call batchLink', ['splitLink']],
    ['Which functions of the web package build a chain with batchLink?', ['splitLink']],
    ['What does checkout call?', ['convert', 'Cart.total_price']],
    ['Where is SoldOut raised?', ['Cart.add']],
    ['Which exceptions does Cart raise?', ['SoldOut', 'StockError']],
    ['List every public method of Cart.', ['add', 'total_price']],
    ['What fields does Cart have?', ['size', 'items', '_total']],
    ['List the fields of the Options struct', ['Cache', 'Gzip']],
    ['What are the parameters of convert?', ['amount', 'currency']],
    ['What are the possible values of Level?', ['Low', 'High']],
    ['Which modes can a Runner have?', ['fast', 'slow']],
    ['Which currencies are known by convert?', ['EUR', 'JPY']],
    ['Which links does the web package export publicly?', ['batchLink', 'splitLink']],
    ['List every constant in cart.py', ['LIMIT', 'CURRENCIES']],
    ['How many functions are there in shop/prices.py?', ['sum_up']],
    ['List every environment variable that is read', ['SHOP_REGION', 'SHOP_TOKEN']],
    ['List every path that the monitoring router serves.', ['/debug', '/debug/reset']],
    ['What is the path from checkout to sum_up?', ['checkout', 'Cart.total_price', 'sum_up']],
    ['Which files import the prices module?', ['from . import prices']],
    ['Please list all subclasses of Cart in this repository.', ['GiftCart']],
  ];
  for (const [question, wanted] of expected)
    it(question, async () => {
      const answer = await ask(question);
      assert.equal(answer.form, 'list', answer.answer);
      assert.deepEqual(new Set(labels(answer)), new Set(wanted));
    });

  it('cites the exact lines of each item, and counts them', async () => {
    const answer = await ask('Which classes derive from ShopError?');
    assert.match(answer.answer, /^2 types derive from `ShopError`/);
    assert.deepEqual(
      answer.citations.map(({ number, status }) => [number, status]),
      [
        [1, 'verified'],
        [2, 'verified'],
      ],
    );
    assert.equal(new Set(answer.sources.map(({ id }) => id)).size, answer.sources.length);
    for (const { path: file, startLine } of answer.citations) {
      const lines = (await readFile(path.join(folder.root, file), 'utf8')).split('\n');
      assert.match(lines[startLine - 1] ?? '', /^class (?:StockError|SoldOut)\(/);
    }
    assert.match(english.words(answer.notice ?? ''), /computed from the index/);
  });

  it('says how many are left out because they lie in tests, and lists them when tests are asked for', async () => {
    assert.deepEqual(labels(await ask('Who calls checkout?')), ['test_checkout']);
    const withTests = await ask('List every function in this repository');
    assert.match(english.words(withTests.notice ?? ''), /1 more is in tests or examples/);
    assert.deepEqual(labels(await ask('List every test function')), ['test_checkout']);
  });

  it('says that nothing derives from a type that has nothing below it', async () => {
    const answer = await ask('Which classes extend GiftCart?');
    assert.equal(answer.form, 'list');
    assert.match(answer.answer, /^0 types derive from `GiftCart`/);
    assert.equal(answer.citations.length, 0);
  });

  it('does nothing with attached files and leaves a scope out', async () => {
    const { answers, onEvent } = answersOver(folder);
    const attached = await answers.ask(
      { question: 'Who calls convert?', attached: [{ path: 'shop/cart.py' }] },
      onEvent,
      never,
    );
    assert.equal(attached.form, 'evidence');
    const scoped = await answers.ask({ question: 'List all exceptions', scope: ['web'] }, onEvent, never);
    assert.equal(scoped.form, 'evidence');
  });
});

describe('questions that only resemble one of a list', () => {
  for (const question of [
    'Where is the total of a cart computed?',
    'Where is it decided which currency is used?',
    'Which part of the cart decides when it is full?',
    'How does the cart call the prices?',
    'What happens when convert is called with an unknown currency?',
    'Why is the cart limited?',
    'What is the difference between Cart and GiftCart?',
    'Where is the region used?',
    'Who uses the limit of items?',
    'What are the steps of a checkout?',
    'Which class should I use for gifts?',
    'List the reasons why a cart may be refused',
    'Show me how items are added',
    'What calls for a refund?',
    'Where is Cart defined?',
    'Which functions matter most?',
    'List every frobnicator',
  ])
    it(question, async () => {
      assert.equal((await ask(question)).form, 'evidence');
    });
});
