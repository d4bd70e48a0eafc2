/** JSON schemas as constraints: everything that can be written is a document the schema accepts, by another validator. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as z from 'zod';
import { createConstraint } from '../../../../src/runtime/constraints/create-constraint.ts';
import { seededRandom } from '../../../../src/runtime/sampling/random.ts';
import { randomText, written } from '../../../support/constrained-text.ts';
import { tinyTokenizer } from '../../../support/tiny-tokenizer.ts';

const tokenizer = tinyTokenizer([
  '{"',
  '":',
  '": "',
  '",',
  '"}',
  'name',
  'true',
  'null',
  '[1',
  '12',
  ' ',
  '\n  ',
  '\\n',
  'é',
]);
const held = (schema: unknown) => ({ kind: 'json-schema', schema }) as const;

const person = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 12 },
    age: { type: 'integer', minimum: 0, maximum: 150 },
    kind: { enum: ['a', 'b', 3, null] },
    tags: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 3 },
  },
  required: ['name', 'kind'],
};
const tree = {
  $ref: '#/$defs/node',
  $defs: {
    node: {
      type: 'object',
      properties: { value: { type: 'number' }, children: { type: 'array', items: { $ref: '#/$defs/node' } } },
      required: ['value'],
    },
  },
};
const shape = {
  oneOf: [
    {
      type: 'object',
      properties: { kind: { const: 'circle' }, radius: { type: 'number' } },
      required: ['kind', 'radius'],
    },
    { type: 'object', properties: { kind: { const: 'point' } }, required: ['kind'] },
  ],
};
const schemas: Readonly<Record<string, unknown>> = {
  person,
  tree,
  shape,
  anything: true,
  open: { type: 'object', properties: { id: { type: 'integer' } }, additionalProperties: { type: 'boolean' } },
  tuple: { type: 'array', prefixItems: [{ type: 'string' }, { type: 'boolean' }], items: false, minItems: 1 },
  nullable: { type: ['string', 'null'] },
  pattern: { type: 'string', pattern: '^[A-Z]{2}-[0-9]+$' },
  range: { type: 'integer', exclusiveMinimum: -1234, maximum: 56 },
  either: { anyOf: [{ type: 'boolean' }, { type: 'array', items: { type: 'integer' } }] },
};

describe('JSON schemas', () => {
  for (const [name, schema] of Object.entries(schemas))
    it(`writes only what the schema accepts: ${name}`, () => {
      const validator = z.fromJSONSchema(schema === true ? {} : (schema as Parameters<typeof z.fromJSONSchema>[0]));
      const random = seededRandom(name.length);
      for (let i = 0; i < 60; i++) {
        const text = randomText(held(schema), tokenizer, random, 40);
        const { success } = validator.safeParse(JSON.parse(text));
        assert.ok(success, text);
      }
    });

  it('takes what a decoder would write, with and without spaces', () => {
    const document = { name: 'Zoë "Q"', age: 42, kind: null, tags: ['x\\y', '\n'] };
    for (const indent of [undefined, 1, 2])
      assert.equal(written(held(person), tokenizer, JSON.stringify(document, null, indent)), true);
    assert.equal(written(held(person), tokenizer, '{"name": "A", "kind": 3}'), true);
    assert.equal(written(held(tree), tokenizer, '{"value": -1.5e-7, "children": [{"value": 0}, {"value": 2}]}'), true);
    assert.equal(written(held(true), tokenizer, '[{"a": [null, true, {}]}, "b", 1]'), true);
  });

  it('stops what the schema forbids where it begins', () => {
    assert.equal(written(held(person), tokenizer, '{"age": 151'), '{"'); // name comes first
    assert.equal(written(held(person), tokenizer, '{"name": ""'), '{"name": "');
    assert.equal(written(held(person), tokenizer, '{"name": "A", "age": 151'), '{"name": "A", "age": 15');
    assert.equal(written(held(person), tokenizer, '{"name": "A", "kind": "c"'), '{"name": "A", "kind": "');
    assert.equal(written(held(person), tokenizer, '{"name": "A"}'), '{"name": "A"');
    assert.equal(written(held(shape), tokenizer, '{"kind": "point", "radius"'), '{"kind": "point"');
    assert.equal(written(held(schemas['open']), tokenizer, '{"id": true'), '{"id": ');
    assert.equal(written(held(schemas['open']), tokenizer, '{"idx": true, "i": false}'), true);
    assert.equal(written(held({ type: 'string', maxLength: 3 }), tokenizer, '"漢字é"'), true);
    assert.equal(written(held({ type: 'string', maxLength: 3 }), tokenizer, '"abcd"'), '"abc');
  });

  it('holds integers to their bounds, each of them', () => {
    for (const [minimum, maximum] of [
      [0, 0],
      [-12, 7],
      [95, 1003],
      [-205, -98],
    ] as const)
      for (let value = minimum - 15; value <= maximum + 15; value++) {
        const inside = value >= minimum && value <= maximum;
        assert.equal(
          written(held({ type: 'integer', minimum, maximum }), tokenizer, String(value)) === true,
          inside,
          `${value} of ${minimum}..${maximum}`,
        );
      }
  });

  it('refuses what it cannot hold to, and says where', () => {
    const refusals: readonly (readonly [schema: unknown, message: RegExp])[] = [
      [{ type: 'string', not: { const: 'x' } }, /"not".*at #/],
      [{ type: 'object', properties: { a: { type: 'number', multipleOf: 2 } } }, /"multipleOf".*#\/properties\/a/],
      [{ type: 'array', uniqueItems: true }, /"uniqueItems"/],
      [{ oneOf: [{ type: 'integer' }, { type: 'number' }] }, /may hold together/],
      [{ allOf: [{ type: 'string' }, { maxLength: 3 }] }, /"allOf"/],
      [{ $ref: 'https://example.org/other.json' }, /leads out/],
      [{ $ref: '#/$defs/nowhere' }, /leads nowhere/],
      [{ $ref: '#' }, /refers to itself/],
      [{ anyOf: [{ $ref: '#' }, { type: 'string' }] }, /refers to itself/],
      [{ type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }, /no document/],
      [{ type: 'object', required: ['a'] }, /"a" is required/],
      [{ type: 'string', pattern: '(?=a)' }, /LS3031/],
      [{ type: 'date' }, /the type "date"/],
      [false, /no document/],
      ['string', /a schema is/],
    ];
    for (const [schema, message] of refusals)
      assert.throws(() => createConstraint(held(schema), tokenizer), message, JSON.stringify(schema));
  });
});
