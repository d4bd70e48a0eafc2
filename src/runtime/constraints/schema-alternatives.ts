/** Whether the parts of a `oneOf` exclude each other, as far as one sees at a glance: then it is an `anyOf`. */
import { type Schema, isObject } from './schema-keywords.ts';

/** True only when no document fits two of them: by their types, their values, or a property that tells them apart. */
export function excludeEachOther(parts: readonly unknown[]): boolean {
  return parts.every((a, i) => parts.slice(i + 1).every((b) => isObject(a) && isObject(b) && exclude(a, b)));
}

function exclude(a: Schema, b: Schema): boolean {
  const [typesA, typesB] = [typeNames(a), typeNames(b)];
  if (typesA && typesB && !typesA.some((type) => typesB.some((other) => overlap(type, other)))) return true;
  const [valuesA, valuesB] = [valuesOf(a), valuesOf(b)];
  if (valuesA && valuesB) return !valuesA.some((value) => valuesB.includes(value));
  return commonRequired(a, b).some((name) => {
    const [partA, partB] = [propertyOf(a, name), propertyOf(b, name)];
    return partA !== null && partB !== null && exclude(partA, partB);
  });
}

const overlap = (a: string, b: string): boolean =>
  a === b || (a === 'integer' && b === 'number') || (a === 'number' && b === 'integer');

function typeNames({ type }: Schema): readonly string[] | null {
  if (typeof type === 'string') return [type];
  return Array.isArray(type) ? type.filter((name) => typeof name === 'string') : null;
}

/** The values as JSON: what is written the same is the same. */
function valuesOf(schema: Schema): readonly string[] | null {
  const list = 'const' in schema ? [schema['const']] : schema['enum'];
  if (!Array.isArray(list) || list.some((value) => typeof value === 'object' && value !== null)) return null;
  return list.map((value) => JSON.stringify(value));
}

/** Properties that both require, where nothing but an object fits either. */
function commonRequired(a: Schema, b: Schema): readonly string[] {
  if (a['type'] !== 'object' || b['type'] !== 'object') return [];
  const [inA, inB] = [a['required'], b['required']];
  return Array.isArray(inA) && Array.isArray(inB)
    ? inA.filter((name): name is string => typeof name === 'string' && inB.includes(name))
    : [];
}

function propertyOf({ properties }: Schema, name: string): Schema | null {
  const found = isObject(properties) ? properties[name] : undefined;
  return isObject(found) ? found : null;
}
