/** How values stand in the slots of a queue's ring. */
import { ArgumentError, PayloadError, PlatformError } from '../errors.js';
import { describe, event, type EventType, f64 } from '../event.js';
import { structuredCloneCodec } from '../node/structured-clone.js';
import { type Codec, value, type ValueColumn } from '../payload/columns.js';
import { IN_PLACE, inPlaceOf } from '../payload/in-place.js';
import { json } from '../payload/json.js';
import { UnreadableValueError } from './errors.js';

/**
 * `'structured-clone'` (unless given, where there is `node:v8`), `'json'` (unless given, elsewhere), `'number'` (no bytes at all, and nothing
 * else can be put), or a codec of your own, which every thread gives.
 */
export type QueueValues<T> = 'structured-clone' | 'json' | 'number' | Codec<T>;

/** What the handle says of it. */
export type ValuesName = 'structured-clone' | 'json' | 'number' | 'own';

/** One field, whatever is in it; of numbers, a plain column, which is read and written alike. */
export type ValueFields = { readonly value: ValueColumn };
export type ValueEvent = EventType<ValueFields>;

/** What stands for a value that could not be read: an error of its own, since a getter that throws inside the ring would not let it go. */
export class Unreadable {
  readonly error: UnreadableValueError;

  constructor(error: UnreadableValueError) {
    this.error = error;
  }
}

/** @throws ArgumentError `ERR_QUEUE_VALUES`. */
export function valuesName(values: unknown): ValuesName {
  if (values === undefined) return hasStructuredClone() ? 'structured-clone' : 'json';
  if (values === 'structured-clone' || values === 'json' || values === 'number') return values;
  if (typeof values === 'object' && values !== null) return 'own';
  throw new ArgumentError(
    'ERR_QUEUE_VALUES',
    `values is 'structured-clone', 'json', 'number', or a codec, not ${describe(values)}.`,
  );
}

/** @throws PlatformError `ERR_NO_STRUCTURED_CLONE`; ArgumentError `ERR_COLUMN_TYPE` for what is no codec. */
export function valueEvent<T>(name: ValuesName, codec: Codec<T> | undefined): ValueEvent {
  switch (name) {
    case 'number':
      return event({ value: f64 }) as unknown as ValueEvent;
    case 'json':
      return event({ value: value(guarded(json<T>())) });
    case 'structured-clone':
      return event({ value: value(guarded(structuredCloneCodec<T>())) });
    case 'own':
      value(codec!); // refuses what is no codec
      return event({ value: value(guarded(codec!)) });
  }
}

/** @throws PayloadError `ERR_PAYLOAD_VALUE`. */
export function mustBeNumber(given: unknown): void {
  if (typeof given === 'number') return;
  throw new PayloadError('ERR_PAYLOAD_VALUE', `This queue carries numbers, not ${describe(given)}.`);
}

/** The same codec, which reads everything: what it cannot, as `Unreadable`. */
function guarded<T>(codec: Codec<T>): Codec<unknown> {
  const inPlace = inPlaceOf(codec as Codec<unknown>);
  return {
    ...(codec.name !== undefined && { name: codec.name }),
    ...(inPlace !== undefined && { [IN_PLACE]: inPlace }),
    encodeInto: (given, bytes) => codec.encodeInto(given as T, bytes),
    decode(bytes) {
      try {
        return codec.decode(bytes);
      } catch (cause) {
        return new Unreadable(new UnreadableValueError(bytes.slice(), cause));
      }
    },
  };
}

function hasStructuredClone(): boolean {
  try {
    structuredCloneCodec();
    return true;
  } catch (error) {
    if (error instanceof PlatformError) return false;
    throw error;
  }
}

/** @throws ArgumentError `ERR_COUNT`. */
export function mustBeCount(most: unknown): void {
  if (Number.isInteger(most) && (most as number) >= 1) return;
  throw new ArgumentError('ERR_COUNT', `So many values are taken at most: 1 or more, not ${describe(most)}.`);
}
