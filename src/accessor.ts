/** The reusable object through which one event at a time is read or written: no code is generated, nothing is allocated. */
import { type ColumnType, describe, type EventType } from './event.js';
import type { ElementArrays, ElementKind } from './core/views.js';
import { ArgumentError, TurnError } from './errors.js';
import type { ClaimColumn, PayloadColumn } from './payload/column.js';
import { isPayload } from './payload/columns.js';
import { inPlace, payloadProperty } from './payload/properties.js';

/** Whose turn it is: the slot that the accessor stands on, or one of the reasons below why no event may be touched. */
export interface Turn {
  slot: number;
}

/** No event is being filled or handled. */
export const NOBODY = -1;
/** A claim or a batch is open, and none of its events is at hand. */
export const OPEN = -2;
/** The seat was left. */
export const GONE = -3;
/** An event is being filled that has no slot yet. */
export const FILLING = -4;

/** The method by which Node and others ask an object how it wants to be shown. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** @throws TurnError `ERR_EVENT_TURN` when no event may be touched. */
export function slotOf(turn: Turn): number {
  if (turn.slot < 0) outOfTurn();
  return turn.slot;
}

function outOfTurn(): never {
  throw new TurnError(
    'ERR_EVENT_TURN',
    'This event was used after its turn: an accessor is valid until the fill or handler returns. Keep event.toObject() instead.',
  );
}

export interface Property {
  readonly get: () => unknown;
  readonly set: (value: never) => void;
}

/*
 * One literal for each kind, though they read alike: closures of one literal share what the compiler learns about them,
 * and a getter that has seen five kinds of typed array is ten times slower than one that has seen one.
 */
const scalarProperties: { [K in ElementKind]: (column: ElementArrays[K], turn: Turn) => Property } = {
  i8: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  u8: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  i16: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  u16: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  i32: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  u32: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  f32: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  f64: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  i64: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  u64: (column, turn) => ({
    get: () => column[slotOf(turn)],
    set: (value) => void (column[slotOf(turn)] = value),
  }),
  bool: (column, turn) => ({
    get: () => column[slotOf(turn)] !== 0,
    set: (value) => void (column[slotOf(turn)] = value ? 1 : 0),
  }),
};

/** An array field is a view over the slot's elements, made when first asked for and kept: at most one for each slot. */
function arrayProperty(
  name: string,
  type: ColumnType,
  column: ElementArrays[ElementKind],
  turn: Turn,
): Property {
  const views: ElementArrays[ElementKind][] = [];
  const view = (): ElementArrays[ElementKind] => {
    const slot = slotOf(turn);
    return (views[slot] ??= column.subarray(slot * type.length, (slot + 1) * type.length));
  };
  return {
    get: view,
    set: (values: ArrayLike<never>) => {
      if (values?.length !== type.length) {
        throw new ArgumentError(
          'ERR_COLUMN_LENGTH',
          `The field ${name} takes ${type.length} elements, not ${values?.length ?? describe(values)}.`,
        );
      }
      (view() as { set(values: ArrayLike<never>): void }).set(values);
    },
  };
}

/**
 * An object with a property for each field, which reads (and writes, when `writable`) the slot of the `turn`.
 * Each call makes a class of its own, so that the engine can treat its getters as constants.
 */
export function createAccessor(
  event: EventType,
  columns: Readonly<Record<string, ElementArrays[ElementKind] | PayloadColumn<unknown>>>,
  turn: Turn,
  mode: 'read' | 'write',
): object {
  class Event {
    toObject(): object {
      return Object.fromEntries(
        event.fields.map(({ name, type }) => {
          const value = (this as unknown as Record<string, unknown>)[name];
          if (isPayload(type))
            return [name, type.payload === 'bytes' ? (value as Uint8Array).slice() : value];
          const copy = type.isArray ? Array.from(value as ArrayLike<number>) : value;
          return [name, type.isArray && type.kind === 'bool' ? (copy as number[]).map(Boolean) : copy];
        }),
      );
    }

    [INSPECT](): unknown {
      return turn.slot < 0 ? 'Event (not its turn)' : this.toObject();
    }
  }
  for (const { name, type } of event.fields) {
    const column = columns[name];
    const { get, set } = isPayload(type)
      ? payloadProperty(column as ClaimColumn<unknown>, turn)
      : type.isArray
        ? arrayProperty(name, type, column as ElementArrays[ElementKind], turn)
        : scalarProperties[type.kind](column as never, turn);
    Object.defineProperty(Event.prototype, name, mode === 'write' ? { get, set } : { get });
  }
  if (mode === 'write' && event.hasPayloads) Object.defineProperties(Event.prototype, inPlace(columns, turn));
  return Object.preventExtensions(new Event());
}
