/** How many requests to other programs were sent: by this process since it started, and for one answer. */
import { AsyncLocalStorage } from 'node:async_hooks';

interface Count {
  sent: number;
}

const ofProcess: Count = { sent: 0 };
const ofAnswer = new AsyncLocalStorage<Count>();

/** Counts one request, for the process and for the answer that it is sent for. */
export function countOutboundRequest(): void {
  ofProcess.sent += 1;
  const answer = ofAnswer.getStore();
  if (answer) answer.sent += 1;
}

/** Requests this process sent, or had pip, npm and mvn send, since it started. */
export function outboundRequests(): number {
  return ofProcess.sent;
}

/** Runs work whose requests are one answer's. Within such work it adds to the same count. */
export function forOneAnswer<T>(work: () => T): T {
  return ofAnswer.getStore() ? work() : ofAnswer.run({ sent: 0 }, work);
}

/** Requests that were sent so far for the answer this is called in; 0 outside of one. */
export function outboundRequestsOfAnswer(): number {
  return ofAnswer.getStore()?.sent ?? 0;
}
