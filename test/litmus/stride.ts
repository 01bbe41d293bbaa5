/**
 * The hot loop: one thread's part in one stride. Imported anew for each program and thread, by an address of its own: so
 * the engine has a function for each, which has seen no other program, and compiles the program's operations into it.
 */
import { indexOf, type Layout, type Order } from './instances.js';
import type { Pace } from './pace.js';
import type { Body } from './program.js';

/** Plays a thread's part in every instance. `results` is as long as there are instances, a power of two. */
export function playStride(
  run: Body,
  words: Int32Array,
  results: Int32Array,
  layout: Layout,
  order: Order,
  pace: Pace | undefined,
): void {
  const { gap } = layout;
  const { first, step } = order;
  const mask = results.length - 1;
  for (let i = 0; i <= mask; i++) {
    const instance = (first + i * step) & mask;
    if (pace !== undefined) pace.keep();
    const x = indexOf(layout, instance);
    results[instance] = run(words, x, x + gap, x + 2 * gap);
  }
}
