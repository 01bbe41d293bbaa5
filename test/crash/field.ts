/** The rings of a trial, each with its books. */
import { createDoorbell, createRing, type Ring } from 'slipring';
import { Books, type BooksShape } from './books.js';
import { Marked, type MarkedFields } from './marks.js';
import type { Plan, PlannedRing } from './plan.js';
import type { Scene } from './roles.js';

/** A ring of a trial, with its books. */
export interface Field {
  readonly number: number;
  readonly planned: PlannedRing;
  readonly ring: Ring<MarkedFields>;
  readonly books: Books;
  readonly scene: Scene;
}

/** `memory` gives so many bytes for the books. */
export function makeFields(plan: Plan, memory: (bytes: number) => SharedArrayBuffer): Field[] {
  const shapes = plan.rings.map(shapeOf);
  const buffer = memory(shapes.reduce((sum, shape) => sum + Books.bytes(shape), 0));
  const doorbell = plan.topology === 'serve' ? createDoorbell() : undefined;
  let booksOffset = 0;
  return plan.rings.map((planned, number) => {
    const shape = shapes[number];
    const ring: Ring<MarkedFields> = createRing(Marked, {
      ...optionsOf(planned),
      ...(doorbell && { doorbell }),
    });
    const books = new Books(buffer, booksOffset, shape);
    books.clear();
    const scene: Scene = {
      ring: ring.handle,
      firstSequence: planned.firstSequence,
      severalProducers: planned.producers > 1,
      books: buffer,
      booksOffset,
      shape,
    };
    booksOffset += Books.bytes(shape);
    return { number, planned, ring, books, scene };
  });
}

function shapeOf({ producers, quota, accounts }: PlannedRing): BooksShape {
  return { logs: producers, quota, accounts: accounts.length };
}

/** What the ring is made with. */
export function optionsOf(planned: PlannedRing) {
  const { capacity, producers, firstSequence, spareSeats, memory } = planned;
  const { whenNobodyListens, whenConsumerFails, whenProducerDies } = planned;
  const consumers = Object.fromEntries(
    planned.consumers.map(({ name, after, workers, lossy }, number) => [
      name,
      { after, ...(workers > 0 && { workers }), ...(lossy && { lossy }), whenDead: planned.whenDead[number] },
    ]),
  );
  const policies = { whenNobodyListens, whenConsumerFails, whenProducerDies };
  return { capacity, producers, firstSequence, spareSeats, memory, ...policies, consumers };
}

/** Seats that somebody seems to have, when all have left or died. */
export function seatsLeft({ ring }: Field): string[] {
  return ring
    .seats()
    .filter(({ state }) => state !== 'vacant')
    .map(
      ({ kind, name, number }) =>
        `the seat of ${kind} ${name}${number} is taken, and everybody has left or died`,
    );
}
