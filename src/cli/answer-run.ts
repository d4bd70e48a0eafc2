/** What ask and explain share: which of the three outputs was asked for, and the events written in it. */
import type { Answer, AnswerEvent } from '../protocol/answers.ts';
import { AnswerView } from './answer-view.ts';
import { printJson } from './output.ts';
import type { ProgressLine } from './progress.ts';

export interface AnswerOutput {
  readonly json?: true;
  readonly streamJson?: true;
}

/** Runs the request and writes it for a person, as one JSON document, or as one object a line. */
export async function writeAnswer<T extends Answer>(
  output: AnswerOutput,
  progress: ProgressLine,
  request: (onEvent: (event: AnswerEvent) => void) => Promise<T>,
  { listsSources = true }: { readonly listsSources?: boolean } = {},
): Promise<void> {
  if (output.streamJson) {
    const answer = await request((event) => {
      const line = lineOf(event);
      if (line) printJson(line);
    });
    printJson({ type: 'done', ...answer });
    return;
  }
  if (output.json) {
    const answer = await request((event) => {
      if (event.type === 'status') progress.update(event.message, event.done ?? 0, event.total ?? null);
    });
    progress.clear();
    printJson(answer);
    return;
  }
  const view = new AnswerView(progress, listsSources);
  view.finish(
    await request((event) => {
      view.on(event);
    }),
  );
}

/** An event as a flat object: a line has the fields of what it tells beside its type. `done` is written with the whole answer. */
function lineOf(event: AnswerEvent): object | null {
  switch (event.type) {
    case 'source':
      return { type: 'source', ...event.source };
    case 'citation':
      return { type: 'citation', ...event.citation };
    case 'status':
    case 'token':
    case 'thought':
      return event;
    case 'done':
      return null;
  }
}
