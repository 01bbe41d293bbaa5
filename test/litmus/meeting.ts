/** Where the threads of a trial meet before each step: they leave it at the same moment. */

/** Words of the control block. */
const ARRIVED = 0;
const MEETING = 16;
const STOP = 32;

export const CONTROL_BYTES = 256;

/** Looks at the word before a thread sleeps. With a processor for each thread, nobody should have to. */
const LOOKS = 200_000;
const LOOKS_WHEN_CROWDED = 200;

export class Meeting {
  readonly #control: Int32Array;
  readonly #threads: number;
  readonly #looks: number;

  constructor(control: SharedArrayBuffer, threads: number, processors: number) {
    this.#control = new Int32Array(control);
    this.#threads = threads;
    this.#looks = threads <= processors ? LOOKS : LOOKS_WHEN_CROWDED;
  }

  /** Returns when all threads are here. What each did before it happens before what follows. */
  meet(): void {
    const control = this.#control;
    const meeting = Atomics.load(control, MEETING);
    if (Atomics.add(control, ARRIVED, 1) === this.#threads - 1) {
      Atomics.store(control, ARRIVED, 0);
      Atomics.store(control, MEETING, (meeting + 1) | 0);
      Atomics.notify(control, MEETING);
      return;
    }
    for (let looks = 0; Atomics.load(control, MEETING) === meeting; looks++)
      if (looks >= this.#looks) Atomics.wait(control, MEETING, meeting);
  }

  /** Said by one thread before a meeting, and heard by all after it. */
  stop(): void {
    Atomics.store(this.#control, STOP, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.#control, STOP) === 1;
  }
}
