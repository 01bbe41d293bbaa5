/** What a ring passes to other threads, by `workerData` or `postMessage`: plain and cloneable. */
export interface RingHandle {
  readonly slipring: 'ring';
  readonly buffer: SharedArrayBuffer;
}
