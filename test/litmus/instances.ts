/** Where the instances of a program lie, and in which order a thread visits them. */
import { WORDS } from './program.js';

/**
 * How far apart the words of an instance are. `apart`: each on a cache line of its own; `neighbours`: several instances
 * share one.
 *
 *     apart       │x···············│y···············│z···············│   3 lines an instance
 *     neighbours  │xyzxyzxyzxyzxyzx│                                     5 instances a line
 */
export interface Layout {
  readonly gap: number;
}

export const apart: Layout = { gap: 16 };
export const neighbours: Layout = { gap: 1 };

/** Bytes for so many instances, however they lie. */
export function bytesFor(instances: number): number {
  return instances * WORDS * apart.gap * Int32Array.BYTES_PER_ELEMENT;
}

/** Index of the first word of an instance. */
export function indexOf({ gap }: Layout, instance: number): number {
  return instance * WORDS * gap;
}

/** The i-th instance visited is `first + i * step`, modulo the number of instances, which is a power of two. */
export interface Order {
  readonly first: number;
  readonly step: number;
}

/**
 * The order in which a thread goes through one stride. So that threads meet in every way there are four patterns: in step
 * (see pace.ts); one a few instances behind; towards each other; side by side across all of the memory.
 */
export function orderOf(stride: number, role: number): Order {
  switch (stride & 3) {
    case 0:
      return { first: 0, step: 1 };
    case 1:
      return { first: hash(stride * 8 + role) & 7, step: 1 };
    case 2:
      return { first: 0, step: role & 1 ? -1 : 1 };
    default:
      return { first: 0, step: hash(stride) | 1 };
  }
}

/** Whether threads wait for each other at every instance of a stride. */
export function inStep(stride: number): boolean {
  return (stride & 3) === 0;
}

/** Strides change their layout after each round of patterns. */
export function layoutOf(stride: number): Layout {
  return stride & 4 ? neighbours : apart;
}

/** Mixes a number's bits: 16 of them that look random. */
export function hash(value: number): number {
  const mixed = Math.imul(value ^ 0x5bd1e995, 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) & 0xffff;
}
