/** The parser worker: one thread that analyses texts one after the other; when tree-sitter aborts it ends, and a new one is started. */
import { say } from '../../base/sentences.ts';
import { parentPort } from 'node:worker_threads';
import { portConnection } from '../../protocol/rpc-transport.ts';
import { type ParseParameters, type ParseResponse, parseRequest } from './parser-protocol.ts';
import { analyseLines } from './plain-text.ts';
import { ParseTimeout, SyntaxParser, longestParsed } from './syntax-parser.ts';

/** Milliseconds of the processor that a file may take before it is chunked by lines. */
const limit = 10_000;

async function analyse({ text, language }: ParseParameters, parser: Promise<SyntaxParser>): Promise<ParseResponse> {
  const ready = await parser;
  if (!SyntaxParser.knows(language))
    return { file: analyseLines(text, language), failure: null, mayPass: false, memory: ready.memory };
  if (text.length > longestParsed) {
    const failure = say('it is longer than {0} characters and was chunked by lines, without symbols', longestParsed);
    return { file: analyseLines(text, language), failure, mayPass: false, memory: ready.memory };
  }
  try {
    return { file: await ready.analyse(text, language, limit), failure: null, mayPass: false, memory: ready.memory };
  } catch (error) {
    if (!(error instanceof ParseTimeout)) throw error;
    return {
      file: analyseLines(text, language),
      failure: say('{0}; it was chunked by lines, without symbols', error.message),
      mayPass: true,
      memory: ready.memory,
    };
  }
}

if (parentPort) {
  const parser = SyntaxParser.create();
  const connection = portConnection(parentPort);
  // The library answers requests as they come; a chain keeps the order, so that the file in flight is always the oldest one.
  let last: Promise<unknown> = Promise.resolve();
  connection.onRequest(parseRequest, (parameters) => {
    const result = last.then(() => analyse(parameters, parser));
    last = result.catch((error: unknown) => {
      // After an abort of WebAssembly nothing here can parse again. Thrown outside of the promise it ends the thread.
      if (error instanceof WebAssembly.RuntimeError)
        setImmediate(() => {
          throw error;
        });
    });
    return result;
  });
  connection.listen();
}
