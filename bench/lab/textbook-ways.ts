/** The ways of the textbook, each with its two ends. */
import {
  createRing,
  event,
  type EventType,
  f64,
  openRing,
  type RingHandle,
  u32,
  type Writable,
} from 'slipring';
import {
  type ColumnArrays,
  type ConditionBufferHandle,
  createConditionBuffer,
  createSemaphoreBuffer,
  openConditionBuffer,
  openSemaphoreBuffer,
  type SemaphoreBufferHandle,
} from 'slipring/locks';
import { createList, type ListHandle, NappingList } from './textbook-lists.js';

export type NoteFields = { id: typeof u32; moment: typeof f64 };
export const Note: EventType<NoteFields> = event({ id: u32, moment: f64 });

type Columns = { readonly id: 'u32'; readonly moment: 'f64' };
const columns = { id: 'u32', moment: 'f64' } as const;

/** Slots of everything that has slots. */
export const SLOTS = 65_536;

export type WayHandle =
  | { way: 'unprotected'; list: ListHandle }
  | { way: 'sleep'; list: ListHandle }
  | { way: 'condition'; buffer: ConditionBufferHandle<Columns> }
  | { way: 'semaphore'; buffer: SemaphoreBufferHandle<Columns> }
  | { way: 'ring'; ring: RingHandle }
  | { way: 'port' };

export type Way = WayHandle['way'];
/** Those whose two ends wait in their threads. */
export type WaitingHandle = Exclude<WayHandle, { way: 'unprotected' } | { way: 'port' }>;

export function createWay(way: Way): WayHandle {
  switch (way) {
    case 'unprotected':
    case 'sleep':
      return { way, list: createList(SLOTS) };
    case 'condition':
      return { way, buffer: createConditionBuffer(columns, { capacity: SLOTS }).handle };
    case 'semaphore':
      return { way, buffer: createSemaphoreBuffer(columns, { capacity: SLOTS }).handle };
    case 'ring':
      return { way, ring: createRing(Note, { capacity: SLOTS, consumers: ['reader'] }).handle };
    case 'port':
      return { way };
  }
}

export type See = (id: number, moment: number) => void;

function fill(note: Writable<NoteFields>, id: number, moment: number): void {
  note.id = id;
  note.moment = moment;
}

function write(columns: ColumnArrays<Columns>, slot: number, id: number, moment: number): void {
  columns.id[slot] = id;
  columns.moment[slot] = moment;
}

function read(columns: ColumnArrays<Columns>, slot: number, see: See): void {
  see(columns.id[slot], columns.moment[slot]);
}

/** Puts one note. */
export function openPut(handle: WaitingHandle): (id: number, moment: number) => void {
  if (handle.way === 'ring') {
    const producer = openRing(handle.ring, Note).openProducer();
    return (id, moment) => void producer.publish(fill, id, moment);
  }
  if (handle.way === 'sleep') {
    const list = new NappingList(handle.list);
    return (id, moment) => list.put(id, moment);
  }
  const buffer =
    handle.way === 'condition' ? openConditionBuffer(handle.buffer) : openSemaphoreBuffer(handle.buffer);
  return (id, moment) => buffer.put(write, id, moment);
}

/** Takes so many notes. */
export function openTake(handle: WaitingHandle): (count: number, see: See) => void {
  if (handle.way === 'ring') {
    const consumer = openRing(handle.ring, Note).openConsumer('reader');
    return (count, see) => {
      for (let left = count; left > 0;) {
        const batch = consumer.take()!;
        const { id, moment } = batch.columns;
        for (const { from, to } of batch.spans)
          for (let slot = from; slot < to; slot++) see(id[slot], moment[slot]);
        left -= batch.length;
        batch.release();
      }
    };
  }
  if (handle.way === 'sleep') {
    const list = new NappingList(handle.list);
    return (count, see) => {
      for (let n = 0; n < count; n++) list.take(see);
    };
  }
  const buffer =
    handle.way === 'condition' ? openConditionBuffer(handle.buffer) : openSemaphoreBuffer(handle.buffer);
  return (count, see) => {
    for (let n = 0; n < count; n++) buffer.take(read, see);
  };
}
