/** An embedder's thread: one session, one thread of arithmetic, one text at a time, which is the fastest way to embed many. */
import { parentPort } from 'node:worker_threads';
import { toResponseError } from '../../protocol/rpc-errors.ts';
import { portConnection } from '../../protocol/rpc-transport.ts';
import { digitsAreExact } from '../probing/digit-trial.ts';
import { byteProductsRequest, embedRequest, openEmbedderRequest } from './embedder-protocol.ts';
import { EmbedderSession } from './embedder-session.ts';
import { endWhenTold } from '../worker/worker-end.ts';

if (!parentPort) throw new Error('the embedder runs in a worker thread');
const connection = portConnection(parentPort);

let session: EmbedderSession | undefined;

async function answer<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toResponseError(error);
  }
}

connection.onRequest(byteProductsRequest, () => answer(() => digitsAreExact(1)));

connection.onRequest(openEmbedderRequest, ({ graph, form }) =>
  answer(async () => {
    session = await EmbedderSession.open(graph, form);
    // The dimensions are known by trying: the first run also warms the session.
    return (await session.embed([0])).length;
  }),
);

connection.onRequest(embedRequest, ({ ids }) =>
  answer(() => {
    if (!session) throw new Error('no embedder is open');
    return session.embed(ids);
  }),
);

endWhenTold(connection);
connection.listen();
