/** What a worker of a pipeline runs: imports the stage's file, and does what it says. */
import { messageOf } from '../texts.js';
import { describe } from '../event.js';
import type { FailedMessage, FromStage, StageWorkerData, ToStage } from './messages.js';
import { isStage, type Stage } from './stage.js';
import { StageFailure, StageThread } from './stage-thread.js';
import { exitThread, newAbortController, workerThreads } from './surroundings.js';

const { parentPort: port, workerData } = workerThreads();
const { file, assignment } = workerData as StageWorkerData;
const controller = newAbortController();

const tell = (message: FromStage): void => port.postMessage(message);

const told = new Promise<boolean>((resolve) => {
  port.on('message', (message) => {
    const said = message as ToStage;
    if (said.type === 'abort') controller.abort(said.reason);
    resolve(said.type === 'go');
  });
});

async function load(): Promise<Stage> {
  let loaded: { readonly default?: unknown };
  try {
    loaded = (await import(file)) as { readonly default?: unknown };
  } catch (error) {
    throw new StageFailure('ERR_STAGE_FILE', error);
  }
  if (isStage(loaded.default)) return loaded.default;
  const found = 'default' in loaded ? describe(loaded.default) : 'nothing';
  throw new StageFailure(
    'ERR_STAGE_EXPORT',
    new TypeError(`It exports ${found} as its default, where source(), stage() or sink() should be.`),
  );
}

function failure(error: unknown): FailedMessage {
  const { code, cause, from, sequence } =
    error instanceof StageFailure ? error : new StageFailure('ERR_STAGE_FAILED', error);
  const causeCode = (cause as { readonly code?: unknown } | undefined)?.code;
  return {
    type: 'failed',
    code,
    cause,
    causeCode: typeof causeCode === 'string' ? causeCode : undefined,
    from,
    sequence,
  };
}

function tellFailure(error: unknown): void {
  const message = failure(error);
  try {
    tell(message);
  } catch {
    tell({ ...message, cause: plain(message.cause) });
  }
}

/** What can be told of a cause that cannot be cloned. */
function plain(cause: unknown): Error {
  const told = new Error(messageOf(cause));
  if (cause instanceof Error) told.stack = String(cause.stack);
  return told;
}

try {
  const thread = new StageThread(await load(), assignment, controller.signal, { parks: true });
  await thread.begin();
  tell({ type: 'ready' });
  if (await told) {
    await thread.work();
    tell({ type: 'done' });
  } else {
    thread.leave();
  }
  port.close();
} catch (error) {
  tellFailure(error);
  exitThread(); // with its seats: whoever supervises it recovers them
}
