/** A parser worker that does what the text tells it: crash, leave, hang, throw, or answer. */
import { parentPort } from 'node:worker_threads';
import { type ParseResponse, parseRequest } from '../../src/index/parse/parser-protocol.ts';
import { analyseLines } from '../../src/index/parse/plain-text.ts';
import { portConnection } from '../../src/protocol/rpc-transport.ts';

if (parentPort) {
  const connection = portConnection(parentPort);
  let last: Promise<unknown> = Promise.resolve();
  connection.onRequest(parseRequest, ({ text, language }) => {
    const result = last.then((): ParseResponse | Promise<ParseResponse> => {
      // A while into the text, as a parser would: the answer before it is then on its way.
      if (text === 'crash' || text === 'leave') {
        setTimeout(() => {
          if (text === 'leave') process.exit(3);
          throw new Error('crashed on purpose');
        }, 100);
        return new Promise(() => undefined);
      }
      if (text === 'hang') for (;;);
      if (text === 'throw') throw new Error('thrown on purpose');
      return { file: analyseLines(text, language), failure: null, mayPass: false, memory: 0 };
    });
    last = result.catch(() => undefined);
    return result;
  });
  connection.listen();
}
