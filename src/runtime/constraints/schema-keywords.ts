/** What is common to everything that reads JSON schemas: their shape and the keywords that constrain nothing. */

export type Schema = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Keywords that describe, name or hold other schemas. `format` is among them: draft 2020-12 makes it an annotation. */
export const describing: ReadonlySet<string> = new Set([
  '$schema',
  '$id',
  '$anchor',
  '$comment',
  '$defs',
  'definitions',
  'title',
  'description',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
  'format',
  'contentEncoding',
  'contentMediaType',
]);

/** Which type a keyword is about, where the schema does not say. */
const typeOfKeyword: Readonly<Record<string, string>> = {
  properties: 'object',
  required: 'object',
  additionalProperties: 'object',
  items: 'array',
  prefixItems: 'array',
  minItems: 'array',
  maxItems: 'array',
  minLength: 'string',
  maxLength: 'string',
  pattern: 'string',
};

/** The types a schema names or, without any, the one its keywords are about. @throws what `refuse` makes */
export function typesOf(
  schema: Schema,
  where: string,
  refuse: (where: string, why: string) => Error,
): readonly string[] {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type) && type.every((name) => typeof name === 'string')) return type;
  if (type !== undefined) throw refuse(where, '"type" that is neither a text nor a list of texts');
  const meant = new Set(Object.keys(schema).flatMap((keyword) => typeOfKeyword[keyword] ?? []));
  if (meant.size === 0) {
    const strange = Object.keys(schema).find((keyword) => !describing.has(keyword));
    throw refuse(where, `"${strange ?? ''}" is not supported there`);
  }
  return [...meant];
}
