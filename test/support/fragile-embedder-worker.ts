/** An embedder worker that ends at once when it is to embed the one id 19 between its special tokens. */
import { parentPort } from 'node:worker_threads';
import { portConnection } from '../../src/protocol/rpc-transport.ts';
import { embedRequest, openEmbedderRequest } from '../../src/runtime/embedding/embedder-protocol.ts';

if (!parentPort) throw new Error('this runs in a worker thread');
const connection = portConnection(parentPort);
connection.onRequest(openEmbedderRequest, () => 8);
connection.onRequest(embedRequest, ({ ids }) => {
  if (ids[1] === 19) process.exit(3);
  return new Float32Array(8);
});
connection.listen();
