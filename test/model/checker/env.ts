/** What threads and set-up are given to talk to the checker with. */

import { addTask } from './environment.js';
import type { Execution } from './execution.js';
import { CheckerError, UNWIND } from './errors.js';
import { JOIN, OBSERVE } from './operations.js';
import type { SetupEnv, ThreadEnv } from './program.js';
import type { Thread } from './thread.js';
import { KILLED } from './thread.js';
import type { Elements } from './views.js';
import { recordingOf, RecordingView } from './views.js';

export function threadEnv<Shared>(execution: Execution, thread: Thread, shared: Shared): ThreadEnv<Shared> {
  return {
    name: thread.name,
    shared,

    observe(value) {
      if (execution.unwinding) throw UNWIND;
      if (execution.replays(thread, OBSERVE, undefined)) {
        thread.position++;
        return;
      }
      thread.observed.push(value);
      execution.trace?.push(`${thread.name} observes ${String(value)}`);
      execution.append(thread, OBSERVE, undefined, undefined);
      thread.position++;
      if (execution.finding !== undefined) execution.unwind();
    },

    prepare(open) {
      if (execution.unwinding) throw UNWIND;
      if (thread.firstStep !== undefined && thread.position > thread.firstStep) {
        execution.mistake(new CheckerError(`${thread.name} prepares after it has started`));
      }
      thread.preparing = true;
      const opened = open();
      thread.preparing = false;
      return opened;
    },

    join(name) {
      if (execution.unwinding) throw UNWIND;
      if (execution.replays(thread, JOIN, undefined))
        return thread.log[thread.position++] as 'done' | 'killed';
      const joined = execution.threads.find((other) => other.name === name);
      if (joined === undefined || joined === thread) {
        execution.mistake(new CheckerError(`${thread.name} cannot wait for the end of ${name}`));
      }
      thread.joined = joined;
      execution.turn(thread, JOIN, undefined);
      execution.synchronize(joined, thread);
      const how = joined.state === KILLED ? 'killed' : 'done';
      execution.trace?.push(`${thread.name} join(${name}) → ${how}`);
      return execution.performed(thread, JOIN, undefined, how) as 'done' | 'killed';
    },

    task(run) {
      addTask(thread, 'event', Infinity, run);
    },
  };
}

/** Names elements of a view in reports. */
export const setupEnv: SetupEnv = {
  label(anyView, name, index) {
    const view = anyView instanceof RecordingView ? anyView : recordingOf(anyView as Elements);
    const { byteOffset, BYTES_PER_ELEMENT } = view;
    if (index !== undefined) view.region.rename(byteOffset + index * BYTES_PER_ELEMENT, name);
    else {
      for (let at = 0; at < view.length; at++)
        view.region.rename(byteOffset + at * BYTES_PER_ELEMENT, `${name}[${at}]`);
    }
  },
};
