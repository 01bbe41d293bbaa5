/** The textbook bounded buffers. */
import {
  type ColumnArrays,
  type ConditionBufferHandle,
  openConditionBuffer,
  openSemaphoreBuffer,
  type SemaphoreBufferHandle,
} from 'slipring/locks';
import type { TradeColumns } from '../bench-locks.js';
import type { Link, See } from './link.js';

export interface LocksLink {
  kind: 'locks';
  handle: ConditionBufferHandle<TradeColumns> | SemaphoreBufferHandle<TradeColumns>;
}

function fill(columns: ColumnArrays<TradeColumns>, slot: number, id: number, price: number, quantity: number): void {
  columns.id[slot] = id;
  columns.price[slot] = price;
  columns.quantity[slot] = quantity;
}

function read(columns: ColumnArrays<TradeColumns>, slot: number, see: See): void {
  see(columns.id[slot], columns.price[slot], columns.quantity[slot]);
}

export function locksLink({ handle }: LocksLink): Link {
  const buffer =
    handle.slipring === 'condition-buffer' ? openConditionBuffer(handle) : openSemaphoreBuffer(handle);
  return {
    send: (id, price, quantity) => buffer.put(fill, id, price, quantity),
    take: (see) => void buffer.take(read, see),
  };
}
