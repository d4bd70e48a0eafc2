/**
 * Prefix linear attention (JRT-RNN, Arora et al. 2024): attention by second-order Taylor features, over a prefix with keys and values of
 * its own and over the text itself. Its models are a family of their own, which Longsight does not run; the two forms of one output are
 * here to be compared.
 */

export interface PrefixLinearInputs {
  /** [length, features] each, and values [length, width]. */
  readonly queries: readonly (readonly number[])[];
  readonly keys: readonly (readonly number[])[];
  readonly values: readonly (readonly number[])[];
  /** [prefix, features] and [prefix, width]. */
  readonly prefixKeys: readonly (readonly number[])[];
  readonly prefixValues: readonly (readonly number[])[];
}

/** 1, x / d^(1/4), x x / sqrt(2 d): two of these multiply to 1 + u + u^2 / 2 with u = q k / sqrt(d). */
export function taylorFeatures(x: readonly number[]): number[] {
  const root = Math.sqrt(x.length);
  return [
    1,
    ...x.map((value) => value / Math.sqrt(root)),
    ...x.flatMap((a) => x.map((b) => (a * b) / (Math.SQRT2 * root))),
  ];
}

/** Every position from sums over all keys it may see. */
export function parallelForm({ queries, keys, values, prefixKeys, prefixValues }: PrefixLinearInputs): number[][] {
  return queries.map((query, i) => {
    const seen = [
      ...keys.slice(0, i + 1).map((key, j) => ({ key, value: values[j] ?? [] })),
      ...prefixKeys.map((key, j) => ({ key, value: prefixValues[j] ?? [] })),
    ];
    const weights = seen.map(({ key }) => dot(taylorFeatures(query), taylorFeatures(key)));
    const total = weights.reduce((a, b) => a + b, 0);
    return (values[0] ?? []).map(
      (_, c) => seen.reduce((sum, { value }, j) => sum + (weights[j] ?? 0) * (value[c] ?? 0), 0) / total,
    );
  });
}

/** Positions behind the prefix, one after the other, from a state of fixed size. */
export function recurrentForm({ queries, keys, values, prefixKeys, prefixValues }: PrefixLinearInputs): number[][] {
  const prefix = prefixKeys.length;
  const width = values[0]?.length ?? 0;
  const size = taylorFeatures(queries[0] ?? []).length;
  const sums = Array.from({ length: size }, () => new Float64Array(width));
  const norms = new Float64Array(size);
  const add = (key: readonly number[], value: readonly number[]): void => {
    for (const [f, feature] of taylorFeatures(key).entries()) {
      norms[f] = (norms[f] ?? 0) + feature;
      const row = sums[f];
      if (row) for (let c = 0; c < width; c++) row[c] = (row[c] ?? 0) + feature * (value[c] ?? 0);
    }
  };
  for (const [j, key] of prefixKeys.entries()) add(key, prefixValues[j] ?? []);
  for (const [j, key] of keys.slice(0, prefix).entries()) add(key, values[j] ?? []);
  return queries.slice(prefix).map((query, t) => {
    add(keys[prefix + t] ?? [], values[prefix + t] ?? []);
    const features = taylorFeatures(query);
    const total = dot(features, [...norms]);
    return Array.from(
      { length: width },
      (_, c) =>
        dot(
          features,
          sums.map((row) => row[c] ?? 0),
        ) / total,
    );
  });
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, c) => sum + value * (b[c] ?? 0), 0);
}
