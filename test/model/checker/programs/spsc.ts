/**
 * A small ring of one producer and one consumer, both parking, written out by hand: what the checker's own tests break in
 * every way of the reference's list, and what its speed is measured on.
 */

import type { Program, ThreadEnv } from '../program.js';
import { recordingViews } from '../seam.js';

const CURSOR = 0;
const GATE = 1;
const CURSOR_WAITERS = 2;
const GATE_WAITERS = 3;

export interface Ring {
  readonly words: Int32Array;
  readonly slots: Int32Array;
}

/** The places where the ring can be broken. */
export interface SpscRing {
  events: number;
  capacity: number;
  start?: number;
  isFull?(position: number, gate: number): boolean;
  publish?(ring: Ring, position: number): void;
  awaitCursor?(words: Int32Array, position: number): void;
  awaitGate?(words: Int32Array, position: number): void;
  consume?(ring: Ring, position: number, slot: number): number;
  produce?(ring: Ring, position: number, slot: number, value: number, publish: () => void): void;
}

/** Positions wrap: only the distance between two of them means anything. */
export function distance(a: number, b: number): number {
  return (a - b) | 0;
}

export function awaitWord(
  words: Int32Array,
  word: number,
  waiters: number,
  reached: (value: number) => boolean,
): void {
  if (reached(Atomics.load(words, word))) return;
  Atomics.add(words, waiters, 1);
  for (;;) {
    const value = Atomics.load(words, word);
    if (reached(value)) break;
    Atomics.wait(words, word, value);
  }
  Atomics.sub(words, waiters, 1);
}

export function storeAndNotify(words: Int32Array, word: number, waiters: number, value: number): void {
  Atomics.store(words, word, value);
  if (Atomics.load(words, waiters) !== 0) Atomics.notify(words, word);
}

export function spsc(name: string, ring: SpscRing, consumers = 1): Program<Ring> {
  const { events, capacity, start = 0 } = ring;
  const mask = capacity - 1;
  const producer = ({ shared }: ThreadEnv<Ring>): void => {
    const { words, slots } = shared;
    let gate = start;
    for (let event = 0; event < events; event++) {
      const position = (start + event) | 0;
      if (ring.isFull?.(position, gate) ?? distance(position, gate) >= capacity) {
        (ring.awaitGate ?? defaultAwaitGate)(words, (position - capacity) | 0);
        gate = Atomics.load(words, GATE);
      }
      const publish = (): void => (ring.publish ?? defaultPublish)(shared, (position + 1) | 0);
      if (ring.produce) ring.produce(shared, position, position & mask, 100 + event, publish);
      else {
        slots[position & mask] = 100 + event;
        publish();
      }
    }
  };
  const consumer = ({ shared, observe }: ThreadEnv<Ring>): void => {
    for (let event = 0; event < events; event++) {
      const position = (start + event) | 0;
      (ring.awaitCursor ?? defaultAwaitCursor)(shared.words, position);
      observe((ring.consume ?? defaultConsume)(shared, (position + 1) | 0, position & mask));
    }
  };
  const threads: Record<string, (env: ThreadEnv<Ring>) => void> = { producer };
  for (let index = 0; index < consumers; index++)
    threads[consumers === 1 ? 'consumer' : `consumer${index}`] = consumer;
  return {
    name,
    setup({ label }) {
      const buffer = recordingViews.allocate(64 + 4 * capacity);
      const words = recordingViews.words(buffer, 0, 16);
      const slots = recordingViews.words(buffer, 64, capacity);
      ['cursor', 'gate', 'cursor waiters', 'gate waiters'].forEach((word, index) =>
        label(words, word, index),
      );
      label(slots, 'slot');
      Atomics.store(words, CURSOR, start);
      Atomics.store(words, GATE, start);
      return { words, slots };
    },
    threads,
    finally({ observed }) {
      const expected = Array.from({ length: events }, (_, event) => 100 + event).join();
      for (const [thread, values] of Object.entries(observed)) {
        if (thread !== 'producer' && values.join() !== expected)
          throw new Error(`${thread} saw ${values.join()}`);
      }
    },
  };
}

function defaultPublish({ words }: Ring, position: number): void {
  storeAndNotify(words, CURSOR, CURSOR_WAITERS, position);
}

function defaultAwaitCursor(words: Int32Array, position: number): void {
  awaitWord(words, CURSOR, CURSOR_WAITERS, (cursor) => distance(cursor, position) > 0);
}

function defaultAwaitGate(words: Int32Array, position: number): void {
  awaitWord(words, GATE, GATE_WAITERS, (gate) => distance(gate, position) > 0);
}

function defaultConsume({ words, slots }: Ring, next: number, slot: number): number {
  const value = slots[slot];
  storeAndNotify(words, GATE, GATE_WAITERS, next);
  return value;
}
