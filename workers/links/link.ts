/** How a system carries trades from one thread to another, in the words that all benchmarks need. */
export type See = (id: number, price: number, quantity: number) => void;

/** One end of it; which methods there are follows from the end, and from whether the system waits or is told. */
export interface Link {
  /** Sends one trade; a promise where the system makes its sender wait on the event loop. */
  send(id: number, price: number, quantity: number): void | Promise<void>;
  /** Sends the trades from number `first` on, all together. */
  sendMany?(first: number, count: number): void;
  /** Waits until something has come, and sees it: one trade or several. */
  take?(see: See): void;
  /** Sees each trade from now on, on the event loop. */
  listen?(see: See): void;
}

/** The end that a system has no use for. */
export function noSend(): never {
  throw new Error('This end does not send.');
}
