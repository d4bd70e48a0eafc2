/**
 * A JSON schema (draft 2020-12) as a language of bytes: every text of it is a document that the schema accepts. Not every such
 * document is a text of it: properties come in the schema's order, and those it does not name only where it says
 * `additionalProperties` or names none.
 *
 * Understood: true and false, type, enum, const, properties, required, additionalProperties, items, prefixItems, minItems,
 * maxItems, minLength, maxLength, pattern, minimum, maximum and their exclusive forms for integers, anyOf, oneOf whose parts
 * exclude each other in a way one sees, allOf of one part, $ref within the document. What only describes is passed over, and
 * whatever else could make a document wrong is refused.
 */
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';
import { type ByteLanguage, type Expression, empty, nothing } from './byte-language.ts';
import { JsonText } from './json-text.ts';
import { containing } from './regular-expression.ts';
import { type Schema, describing, isObject, typesOf } from './schema-keywords.ts';
import { excludeEachOther } from './schema-alternatives.ts';

/** Items of an array, and characters of a string, beyond which a bound is not counted out. */
const mostCounted = 10_000;

/** @throws LS3032 for what is not understood */
export function jsonSchema(language: ByteLanguage, schema: unknown): Expression {
  const compiler = new Compiler(language, schema);
  const finished = language.finished(compiler.compile(schema, '#'));
  if (finished === null) throw refused('#', 'it refers to itself without anything in between');
  if (finished === nothing) throw refused('#', 'no document that it accepts can be written');
  return finished;
}

function refused(where: string, why: string): Error {
  return fault('LS3032', say('{0} (at {1})', why, where));
}

class Compiler {
  readonly #language: ByteLanguage;
  readonly #text: JsonText;
  readonly #root: unknown;
  /** What has been referred to, by its pointer. */
  readonly #referred = new Map<string, Expression>();
  #anyValue: Expression | undefined;

  constructor(language: ByteLanguage, root: unknown) {
    this.#language = language;
    this.#text = new JsonText(language);
    this.#root = root;
  }

  /** @param where JSON pointer of the schema, for messages */
  compile(schema: unknown, where: string): Expression {
    if (schema === true) return this.#any();
    if (schema === false) return nothing;
    if (!isObject(schema)) throw refused(where, 'a schema is an object, true or false');
    const used = Object.keys(schema).filter((key) => !describing.has(key));
    if (used.length === 0) return this.#any();
    const alone = (key: string): boolean => {
      if (!(key in schema)) return false;
      const other = used.find((name) => name !== key && name !== 'type');
      if (other !== undefined || (key !== 'enum' && key !== 'const' && 'type' in schema))
        throw refused(where, `"${key}" beside "${other ?? 'type'}"`);
      return true;
    };
    if (alone('$ref')) return this.#reference(schema['$ref'], where);
    if (alone('enum')) return this.#values(schema, schema['enum'], where);
    if (alone('const')) return this.#values(schema, [schema['const']], where);
    if (alone('anyOf')) return this.#alternatives(schema['anyOf'], `${where}/anyOf`);
    if (alone('oneOf')) {
      const parts = schema['oneOf'];
      if (!Array.isArray(parts) || !excludeEachOther(parts.map((part) => this.#resolved(part, where))))
        throw refused(where, '"oneOf" whose parts may hold together');
      return this.#alternatives(parts, `${where}/oneOf`);
    }
    if (alone('allOf')) {
      const parts = schema['allOf'];
      if (!Array.isArray(parts) || parts.length !== 1) throw refused(where, '"allOf" of more than one part');
      return this.compile(parts[0], `${where}/allOf/0`);
    }
    return this.#typed(schema, used, where);
  }

  #typed(schema: Schema, used: readonly string[], where: string): Expression {
    const understood = new Set(['type']);
    const parts = typesOf(schema, where, refused).map((type) => {
      const [keywords, expression] = this.#ofType(type, schema, where);
      for (const keyword of keywords) understood.add(keyword);
      return expression;
    });
    const strange = used.find((keyword) => !understood.has(keyword));
    if (strange !== undefined) throw refused(where, `"${strange}" is not supported there`);
    return this.#language.choice(...parts);
  }

  #ofType(type: string, schema: Schema, where: string): readonly [keywords: readonly string[], Expression] {
    switch (type) {
      case 'null':
        return [[], this.#text.value(null)];
      case 'boolean':
        return [[], this.#language.choice(this.#text.value(true), this.#text.value(false))];
      case 'integer':
        return [['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum'], this.#integer(schema, where)];
      case 'number':
        return [[], this.#text.number()];
      case 'string':
        return [['minLength', 'maxLength', 'pattern'], this.#string(schema, where)];
      case 'array':
        return [['items', 'prefixItems', 'minItems', 'maxItems'], this.#array(schema, where)];
      case 'object':
        return [['properties', 'required', 'additionalProperties'], this.#object(schema, where)];
      default:
        throw refused(where, `the type "${type}"`);
    }
  }

  #integer(schema: Schema, where: string): Expression {
    const bound = (keyword: string): number | undefined => {
      const value = schema[keyword];
      if (value !== undefined && typeof value !== 'number') throw refused(where, `"${keyword}" that is no number`);
      return value;
    };
    const above = bound('exclusiveMinimum');
    const below = bound('exclusiveMaximum');
    const min = Math.max(bound('minimum') ?? -Infinity, above === undefined ? -Infinity : Math.floor(above) + 1);
    const max = Math.min(bound('maximum') ?? Infinity, below === undefined ? Infinity : Math.ceil(below) - 1);
    return this.#text.integer(min, max);
  }

  #string(schema: Schema, where: string): Expression {
    const { pattern } = schema;
    if (pattern === undefined)
      return this.#text.string(count(schema, 'minLength', 0, where), count(schema, 'maxLength', Infinity, where));
    if (typeof pattern !== 'string' || 'minLength' in schema || 'maxLength' in schema)
      throw refused(where, '"pattern" that is no text, or beside a length');
    return this.#text.quoted(containing(this.#language, pattern, (points) => this.#text.character(points)));
  }

  #array(schema: Schema, where: string): Expression {
    const { prefixItems = [], items = true } = schema;
    if (!Array.isArray(prefixItems)) throw refused(where, '"prefixItems" that is no list');
    const language = this.#language;
    const min = count(schema, 'minItems', 0, where);
    const max = count(schema, 'maxItems', Infinity, where);
    const comma = this.#token(',');
    const first = prefixItems.map((item, i) => this.compile(item, `${where}/prefixItems/${i}`)).slice(0, max);
    const other = max > first.length ? this.compile(items, `${where}/items`) : nothing;
    const fixed = first.length;
    // From behind: after all of the prefix come as many others as the bounds leave; before, the list may end once it is long enough.
    let rest = language.repeat(language.sequence(comma, other), Math.max(0, min - fixed), max - fixed);
    if (fixed === 0) {
      const more = language.repeat(language.sequence(comma, other), Math.max(0, min - 1), max - 1);
      rest = language.choice(min === 0 ? empty : nothing, max === 0 ? nothing : language.sequence(other, more));
    }
    for (let i = fixed - 1; i >= 0; i--) {
      const item = language.sequence(i === 0 ? empty : comma, first[i] ?? nothing);
      rest = language.choice(i >= min ? empty : nothing, language.sequence(item, rest));
    }
    return this.#within('[', rest, ']');
  }

  #object(schema: Schema, where: string): Expression {
    const { properties = {}, required = [] } = schema;
    if (!isObject(properties)) throw refused(where, '"properties" that is no object');
    if (!Array.isArray(required)) throw refused(where, '"required" that is no list');
    const language = this.#language;
    const names = Object.keys(properties);
    const unnamed: unknown = required.find((name) => typeof name !== 'string' || !names.includes(name));
    if (unnamed !== undefined)
      throw refused(where, `${JSON.stringify(unnamed)} is required and not among the properties`);
    const others = schema['additionalProperties'] ?? names.length === 0;
    const pair = (key: Expression, value: Expression): Expression => language.sequence(key, this.#token(':'), value);
    const other = pair(this.#text.keyBesides(names), this.compile(others, `${where}/additionalProperties`));
    const comma = this.#token(',');
    const more = language.repeat(language.sequence(comma, other), 0, Infinity);
    // From behind: what may follow a property, and what may follow when none came before.
    let following = more;
    let leading = language.optional(language.sequence(other, more));
    for (const name of names.toReversed()) {
      const value = this.compile(properties[name], `${where}/properties/${name}`);
      const written = language.sequence(pair(this.#text.value(name), value), following);
      const left = required.includes(name) ? nothing : empty;
      const skip = (without: Expression): Expression => (left === empty ? without : nothing);
      leading = language.choice(written, skip(leading));
      following = language.choice(language.sequence(comma, written), skip(following));
    }
    return this.#within('{', leading, '}');
  }

  #values(schema: Schema, values: unknown, where: string): Expression {
    if (!Array.isArray(values)) throw refused(where, '"enum" that is no list');
    const types = 'type' in schema ? typesOf(schema, where, refused) : null;
    const fitting = values.filter(
      (value) => types === null || typesOfValue(value).some((type) => types.includes(type)),
    );
    return this.#language.choice(...fitting.map((value) => this.#text.value(value)));
  }

  #alternatives(parts: unknown, where: string): Expression {
    if (!Array.isArray(parts)) throw refused(where, 'that is no list');
    return this.#language.choice(...parts.map((part, i) => this.compile(part, `${where}/${i}`)));
  }

  #reference(reference: unknown, where: string): Expression {
    if (typeof reference !== 'string') throw refused(where, '"$ref" that is no text');
    const known = this.#referred.get(reference);
    if (known !== undefined) return known;
    const rule = this.#language.rule();
    this.#referred.set(reference, rule);
    this.#language.define(rule, this.compile(this.#pointedAt(reference, where), reference));
    return rule;
  }

  #resolved(schema: unknown, where: string): unknown {
    return isObject(schema) && '$ref' in schema ? this.#pointedAt(schema['$ref'], where) : schema;
  }

  /** What a JSON pointer in the document (RFC 6901) names. */
  #pointedAt(reference: unknown, where: string): unknown {
    if (typeof reference !== 'string' || !/^#(?:\/|$)/.test(reference))
      throw refused(where, `the reference "${String(reference)}" leads out of the schema`);
    let here = this.#root;
    for (const step of reference.split('/').slice(1)) {
      const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
      const found: unknown = isObject(here) || Array.isArray(here) ? Reflect.get(here, name) : undefined;
      here = found;
    }
    if (here === undefined) throw refused(where, `the reference "${reference}" leads nowhere`);
    return here;
  }

  /** Any document at all. */
  #any(): Expression {
    if (this.#anyValue !== undefined) return this.#anyValue;
    const rule = (this.#anyValue = this.#language.rule());
    const free = { type: ['object', 'array', 'string', 'number', 'boolean', 'null'] };
    this.#language.define(rule, this.compile(free, '#'));
    return rule;
  }

  #token(sign: string): Expression {
    return this.#language.sequence(this.#language.literal(sign), this.#text.space);
  }

  #within(open: string, content: Expression, close: string): Expression {
    const inner = this.#language.sequence(this.#text.space, content);
    return this.#language.sequence(
      this.#language.literal(open),
      inner,
      this.#text.space,
      this.#language.literal(close),
    );
  }
}

function count(schema: Schema, keyword: string, otherwise: number, where: string): number {
  const value = schema[keyword] ?? otherwise;
  if (typeof value !== 'number' || value < 0 || (value > mostCounted && value !== Infinity))
    throw refused(where, `"${keyword}" that is no count up to ${mostCounted}`);
  return value;
}

function typesOfValue(value: unknown): readonly string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
}
