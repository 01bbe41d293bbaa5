/** Lets parked threads of the lock tests sleep without end, so that a lost wake-up shows: naps would make it good. */
const { wait } = Atomics;

export function withoutNaps(): void {
  Atomics.wait = ((words: Int32Array, index: number, value: number) =>
    wait(words, index, value)) as typeof wait;
}
