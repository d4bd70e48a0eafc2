/** A streamed body as one JSON text a piece: server-sent events (WHATWG HTML, 9.2) or one JSON document a line. */
import { type ParseError, createParser } from 'eventsource-parser';
import { fault } from '../../base/errors.ts';
import { say } from '../../base/sentences.ts';

/** A single event is a token and what belongs to it; a line longer than this is none. UTF-16 units. */
const longestLine = 4_000_000;

/** The data of each event; comments are passed over. @throws LS3208 for an endless line, and what the chunks throw */
export async function* serverSentEvents(chunks: AsyncIterable<Buffer>, host: string): AsyncGenerator<string> {
  const ready: string[] = [];
  const failures: ParseError[] = [];
  const parser = createParser({
    maxBufferSize: longestLine,
    onEvent: ({ data }) => {
      ready.push(data);
    },
    onError: (error) => {
      if (error.type === 'max-buffer-size-exceeded') failures.push(error);
    },
  });
  // Characters are put together across chunks before lines are.
  const decoder = new TextDecoder();
  for await (const chunk of chunks) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
    if (failures.length > 0) throw tooLong(host, failures[0]);
  }
}

/** Each line that is not empty. @throws LS3208 for an endless line, and what the chunks throw */
export async function* jsonLines(chunks: AsyncIterable<Buffer>, host: string): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') yield line;
    if (rest.length > longestLine) throw tooLong(host);
  }
  rest += decoder.decode();
  if (rest.trim() === '') return;
  if (!isJson(rest)) throw fault('LS3209', say('the last line of {0} is not whole', host));
  yield rest;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function tooLong(host: string, cause?: Error): Error {
  return fault(
    'LS3208',
    say('{0} sent a line of more than {1} million characters', host, String(longestLine / 1e6)),
    cause,
  );
}
