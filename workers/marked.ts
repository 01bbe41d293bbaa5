/** An event that says who published it: its contents follow from the producer and the number that it gave the event. */
import { event, type EventType, f64, type Readable, u32, type Writable } from 'slipring';

export type MarkedFields = { producer: typeof u32; number: typeof u32; product: typeof f64 };

export const Marked: EventType<MarkedFields> = event({ producer: u32, number: u32, product: f64 });

/** Events that one producer publishes at most. */
export const MOST_MARKED = 2 ** 20;

/** Writes event `number` of this producer. */
export function fillMarked(marked: Writable<MarkedFields>, producer: number, number: number): void {
  marked.producer = producer;
  marked.number = number;
  marked.product = (producer + 1) * (number + 0.5);
}

/** Throws unless the parts belong together; returns producer and number as one. */
export function checkMarked({ producer, number, product }: Readable<MarkedFields>): number {
  if (product !== (producer + 1) * (number + 0.5))
    throw new Error(`event ${number} of producer ${producer} carries ${product}`);
  return producer * MOST_MARKED + number;
}
