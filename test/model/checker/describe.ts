/** Words for reports. */

import { operationNames, JOIN } from './operations.js';
import type { Thread } from './thread.js';
import { ASLEEP, DONE, IDLE, KILLED } from './thread.js';

/** Where a thread stands. */
export function describeThread(thread: Thread): string {
  switch (thread.state) {
    case DONE:
      return 'ended';
    case KILLED:
      return 'killed';
    case ASLEEP:
      return `asleep on ${thread.location!.name}`;
    case IDLE: {
      const words = thread.waiters.map((waiter) => waiter.location.name);
      return `idle, awaiting ${words.join(', ') || 'a promise'}`;
    }
    default:
      if (thread.operation === JOIN) return `waiting for the end of ${thread.joined!.name}`;
      return `before ${operationNames[thread.operation]} ${thread.location?.name ?? ''}`.trimEnd();
  }
}

export function describeError(thread: string, error: unknown): string {
  return `${thread} threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
}

/** The line of code under check that is being run, to be put behind a line of a trace. */
export function caller(): string {
  const frames = new Error().stack?.split('\n').slice(1) ?? [];
  const frame = frames.find((line) => !/[/\\]checker[/\\][a-z]+\.[jt]s|<anonymous>|node:/.test(line));
  const place = /([^/\\(]+:\d+):\d+\)?$/.exec(frame ?? '');
  return place === null ? '' : `   ${place[1]}`;
}

export function names(threads: readonly Thread[]): string {
  return threads.map((thread) => thread.name).join(', ');
}
