/** A worker of a queue, or a holder of permits, that says where it is and stays there until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads';
import { SlipringError } from 'slipring';
import { openPermits, openQueue, type PermitsHandle, type QueueHandle } from 'slipring/queue';

export interface DoomedData {
  readonly queue?: QueueHandle;
  readonly permits?: PermitsHandle;
  /**
   * `'takes'` one value and keeps it; `'takes in a codec'`: stays inside `get`, with the value in hand; `'puts'` one value and stays; `'puts in a codec'`: stays inside `put`;
   * `'gets'`, `'fills'`: waits inside `get`, or inside `put`, and reports how that ended; `'holds'` all permits that are free; `'acquires'` one, and waits for it.
   */
  readonly does:
    'takes' | 'takes in a codec' | 'puts' | 'puts in a codec' | 'gets' | 'fills' | 'holds' | 'acquires';
}

/** Says that it is where it shall die, and sleeps until it is terminated. */
function stay(): void {
  parentPort!.postMessage('here');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

/** A codec of one byte that stays in a call, where it is told to. */
export const staying = (where: 'encode' | 'decode' | undefined) => ({
  name: 'staying',
  encodeInto(value: number, bytes: Uint8Array): number {
    if (where === 'encode') stay();
    if (bytes.length > 0) bytes[0] = value;
    return 1;
  },
  decode([value]: Uint8Array): number {
    if (where === 'decode') stay();
    return value;
  },
});

function ended(body: () => void): void {
  try {
    body();
    parentPort!.postMessage('done');
  } catch (error) {
    if (!(error instanceof SlipringError)) throw error;
    parentPort!.postMessage(error.code);
  }
}

// Not when a test imports what is above.
if (parentPort !== null && workerData !== null) {
  const { queue, permits, does } = workerData as DoomedData;
  const where = does === 'takes in a codec' ? 'decode' : does === 'puts in a codec' ? 'encode' : undefined;
  const open = () => openQueue<number>(queue!, { values: staying(where) });
  switch (does) {
    case 'takes':
      open().get();
      stay();
      break;
    case 'puts':
      open().put(1);
      stay();
      break;
    case 'takes in a codec':
      open().get();
      break;
    case 'puts in a codec':
      open().put(9);
      break;
    case 'gets': {
      const its = open();
      ended(() => {
        for (;;) {
          its.get({ wait: 'park' });
          its.taskDone();
        }
      });
      break;
    }
    case 'fills': {
      const its = open();
      ended(() => {
        for (let n = 0; ; n++) its.put(n & 0x7f, { wait: 'park' });
      });
      break;
    }
    case 'holds': {
      const its = openPermits(permits!);
      while (its.tryAcquire('doomed'));
      stay();
      break;
    }
    case 'acquires': {
      const its = openPermits(permits!);
      ended(() => its.acquire('waiting', { wait: 'park' }).release());
    }
  }
}
