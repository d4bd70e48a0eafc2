/**
 * The child process that tries one execution provider: a real matrix product, compared with the one computed here. It says
 * what came of it in one line of JSON; a driver that crashes takes only this process with it.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { GraphBuilder } from '../models/onnx/graph-builder.ts';

const size = 64;
const tolerance = 1e-2;

function matrix(seed: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => Math.sin(i * 0.37 + seed));
}

function product(a: Float32Array, b: Float32Array): Float32Array {
  const c = new Float32Array(size * size);
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1) {
      let sum = 0;
      for (let k = 0; k < size; k += 1) sum += (a[row * size + k] ?? 0) * (b[k * size + column] ?? 0);
      c[row * size + column] = sum;
    }
  return c;
}

async function run(provider: string): Promise<string> {
  const [left, right] = [matrix(1), matrix(2)];
  const graph = new GraphBuilder('probe');
  const a = graph.input('a', 'float32', [size, size]);
  const b = graph.initializer('b', 'float32', [size, size], right);
  graph.node('MatMul', [a, b], {}, { output: 'c' });
  graph.output('c', 'float32', [size, size]);
  const session = await InferenceSession.create(graph.encode(), { executionProviders: [provider] });
  const result = (await session.run({ a: new Tensor('float32', left, [size, size]) })).c;
  const data: unknown = result?.data;
  if (!(data instanceof Float32Array)) throw new Error('it gave no numbers');
  const expected = product(left, right);
  const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - (data[i] ?? Number.NaN))), 0);
  if (!(worst <= tolerance)) throw new Error(`its matrix product is wrong by ${String(worst)}`);
  return 'computed a matrix product right';
}

const [provider = 'cpu'] = process.argv.slice(2);
let outcome: { readonly usable: boolean; readonly reason: string };
try {
  outcome = { usable: true, reason: await run(provider) };
} catch (error) {
  outcome = { usable: false, reason: error instanceof Error ? error.message : String(error) };
}
process.stdout.write(`${JSON.stringify(outcome)}\n`, () => {
  // Some drivers keep threads that would hold the process open.
  process.exit(0);
});
