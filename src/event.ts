/**
 * What an event is: named fields, each a column of typed elements, one element (or a fixed number) for every slot; or of bytes, texts and
 * values of any length.
 */
import { ArgumentError } from './errors.js';
import type { ClaimColumn, PayloadColumn } from './payload/column.js';
import {
  type BytesColumn,
  isPayload,
  payloadText,
  type PayloadType,
  type TextColumn,
  type ValueColumn,
} from './payload/columns.js';
import { type ElementArrays, elementBytes, type ElementKind, elementKinds } from './core/views.js';

/** A field of one element. */
export interface Scalar<K extends ElementKind = ElementKind> {
  readonly kind: K;
  readonly length: 1;
  readonly isArray: false;
}

/** A field of a fixed number of elements. */
export interface FixedArray<K extends ElementKind = ElementKind> {
  readonly kind: K;
  readonly length: number;
  readonly isArray: true;
}

/** What a field may be. */
export type ColumnType = Scalar | FixedArray | PayloadType;

/** The fields of an event by name. */
export type Fields = Readonly<Record<string, ColumnType>>;

type Element<K extends ElementKind> = K extends 'bool' ? boolean : K extends 'i64' | 'u64' ? bigint : number;

/**
 * What a field holds: a number, a bigint for 64 bits, a boolean, or a typed array over the slot's own elements; of any length: a view of
 * the bytes, a text, a value.
 */
export type FieldValue<T extends ColumnType> =
  T extends FixedArray<infer K>
    ? ElementArrays[K]
    : T extends Scalar<infer K>
      ? Element<K>
      : T extends BytesColumn
        ? Uint8Array<SharedArrayBuffer>
        : T extends TextColumn
          ? string
          : T extends ValueColumn<infer V>
            ? V
            : never;

/** What a field can be given: bytes from any memory are copied. */
type GivenValue<T extends ColumnType> = T extends BytesColumn ? Uint8Array : FieldValue<T>;

/** The fields that are `bytes()`. */
type BytesNames<F extends Fields> = {
  [N in keyof F]: F[N] extends BytesColumn ? Extract<N, string> : never;
}[keyof F];

/** Bytes in place: only events that have such a field have these methods. */
export interface InPlace<N extends string> {
  /**
   * Makes a field of so many bytes, and returns them to be written: until the fill returns, or the claim is committed. What stands in them
   * before is undefined. Parks never.
   * @throws PayloadError `ERR_PAYLOAD_TOO_LARGE`; ArgumentError `ERR_COLUMN_LENGTH`.
   */
  reserve(name: N, bytes: number): Uint8Array<SharedArrayBuffer>;
  /**
   * Keeps only the first so many bytes of a field that was reserved.
   * @throws ArgumentError `ERR_COLUMN_LENGTH` for more than were reserved.
   */
  trim(name: N, bytes: number): void;
}

/** An event as its producer sees it: an object whose properties are the fields of one slot. */
export type Writable<F extends Fields> = { -readonly [N in keyof F]: GivenValue<F[N]> } & Copyable<F> &
  ([BytesNames<F>] extends [never] ? unknown : InPlace<BytesNames<F>>);

/** An event as its consumers see it. */
export type Readable<F extends Fields> = { readonly [N in keyof F]: FieldValue<F[N]> } & Copyable<F>;

/** An event on its own: no part of it is shared memory. */
export type Plain<F extends Fields> = { [N in keyof F]: PlainValue<F[N]> };

type PlainValue<T extends ColumnType> =
  T extends FixedArray<infer K>
    ? Element<K>[]
    : T extends BytesColumn
      ? Uint8Array<ArrayBuffer>
      : FieldValue<T>;

interface Copyable<F extends Fields> {
  /** A copy that stays valid after this event's turn. */
  toObject(): Plain<F>;
}

/**
 * The columns themselves: plain typed arrays over shared memory, indexed by slot (times its length, for an array field). Of a field of any
 * length: what reads it.
 */
export type Columns<F extends Fields> = {
  readonly [N in keyof F]: F[N] extends PayloadType
    ? PayloadColumn<FieldValue<F[N]>>
    : ElementArrays[F[N]['kind']];
};

/** The columns of a claim: those of any length can be written too. */
export type ClaimColumns<F extends Fields> = {
  readonly [N in keyof F]: F[N] extends PayloadType
    ? ClaimColumn<FieldValue<F[N]>, GivenValue<F[N]>>
    : ElementArrays[F[N]['kind']];
};

const scalar = <K extends ElementKind>(kind: K): Scalar<K> =>
  Object.freeze({ kind, length: 1, isArray: false });

/** Signed whole numbers of 8 bits. */
export const i8: Scalar<'i8'> = scalar('i8');
/** Whole numbers of 8 bits. */
export const u8: Scalar<'u8'> = scalar('u8');
/** Signed whole numbers of 16 bits. */
export const i16: Scalar<'i16'> = scalar('i16');
/** Whole numbers of 16 bits. */
export const u16: Scalar<'u16'> = scalar('u16');
/** Signed whole numbers of 32 bits. */
export const i32: Scalar<'i32'> = scalar('i32');
/** Whole numbers of 32 bits. */
export const u32: Scalar<'u32'> = scalar('u32');
/** Numbers of 32 bits, as `Math.fround`. */
export const f32: Scalar<'f32'> = scalar('f32');
/** Numbers, as JavaScript has them. */
export const f64: Scalar<'f64'> = scalar('f64');
/** Signed bigints of 64 bits. Reading one allocates it. */
export const i64: Scalar<'i64'> = scalar('i64');
/** Bigints of 64 bits. Reading one allocates it. */
export const u64: Scalar<'u64'> = scalar('u64');
/** True or false, a byte each. */
export const bool: Scalar<'bool'> = scalar('bool');

/**
 * A field of `length` elements in every slot, for instance `array(f64, 10)`.
 * @throws ArgumentError `ERR_COLUMN_TYPE` for a type that is no scalar, `ERR_COLUMN_LENGTH` for a length that is not 1 … 65,536.
 */
export function array<K extends ElementKind>(type: Scalar<K>, length: number): FixedArray<K> {
  if (!isColumnType(type) || (type as ColumnType).isArray || isPayload(type)) {
    throw new ArgumentError(
      'ERR_COLUMN_TYPE',
      `array() takes one of ${elementKinds.join(', ')}, not ${describe(type)}.`,
    );
  }
  if (!Number.isInteger(length) || length < 1 || length > 65_536) {
    throw new ArgumentError(
      'ERR_COLUMN_LENGTH',
      `An array field has 1 to 65,536 elements, not ${describe(length)}.`,
    );
  }
  return Object.freeze({ kind: type.kind, length, isArray: true });
}

/** A field with its name and place. */
export interface Field {
  readonly name: string;
  readonly type: ColumnType;
  /** Bytes of one element. */
  readonly elementBytes: number;
}

/** A kind of event. Made by `event`; rings of the same kind have the same `schema`. */
export class EventType<F extends Fields = Fields> {
  readonly fields: readonly Field[];
  /** The fields as text, for instance `id:u32,price:f64,levels:f64[10]`: what two sides of a ring must agree on. */
  readonly schema: string;
  /** Bytes that one event takes in a ring, but for those of fields of any length. */
  readonly bytes: number;
  /** Whether it has fields of any length. */
  readonly hasPayloads: boolean;
  declare protected readonly _fields: F;

  /** Use `event`. */
  constructor(fields: readonly Field[]) {
    this.fields = fields;
    this.schema = fields.map(({ name, type }) => `${name}:${typeText(type)}`).join(',');
    this.hasPayloads = fields.some(({ type }) => isPayload(type));
    this.bytes = fields.reduce((sum, field) => sum + field.elementBytes * field.type.length, 0);
  }
}

function typeText(type: ColumnType): string {
  if (isPayload(type)) return payloadText(type);
  return type.isArray ? `${type.kind}[${type.length}]` : type.kind;
}

/** Names that mean something else on every object, or make an event look like a promise. */
const UNUSABLE: ReadonlySet<string> = new Set([
  'toObject',
  'then',
  ...Object.getOwnPropertyNames(Object.prototype),
]);

type Merged<R extends readonly Fields[]> = R extends readonly [
  infer A extends Fields,
  ...infer Rest extends readonly Fields[],
]
  ? Rest extends readonly []
    ? A
    : A & Merged<Rest>
  : never;

/**
 * Declares a kind of event from its fields, given in one record or in several (say, a common head and its own fields).
 * @throws ArgumentError `ERR_COLUMN_TYPE`, `ERR_FIELD_NAME` for a name that is no identifier or is taken by every
 * object, `ERR_FIELD_DUPLICATE` for one that stands in two records.
 * @example const Trade = event({ id: u32, price: f64, quantity: i32 });
 */
export function event<const R extends readonly [Fields, ...Fields[]]>(...records: R): EventType<Merged<R>> {
  const fields = new Map<string, Field>();
  for (const record of records as readonly Fields[]) {
    if (typeof record !== 'object' || record === null || Array.isArray(record)) {
      throw new ArgumentError(
        'ERR_FIELD_NAME',
        `event() takes records of fields like { price: f64 }, not ${describe(record)}.`,
      );
    }
    for (const [name, type] of Object.entries(record)) {
      if (!/^[A-Za-z_$][\w$]*$/.test(name) || UNUSABLE.has(name)) {
        throw new ArgumentError(
          'ERR_FIELD_NAME',
          `A field cannot be called ${JSON.stringify(name)}: use an identifier that no object has by itself.`,
        );
      }
      if (fields.has(name)) {
        throw new ArgumentError(
          'ERR_FIELD_DUPLICATE',
          `The field ${JSON.stringify(name)} is declared twice: give each field one name of its own.`,
        );
      }
      if (!isColumnType(type)) {
        throw new ArgumentError(
          'ERR_COLUMN_TYPE',
          `The field ${JSON.stringify(name)} has the type ${describe(type)}; use one of ${elementKinds.join(', ')}, array(type, length), bytes(), text() or value(codec).`,
        );
      }
      fields.set(name, { name, type, elementBytes: elementBytes(type.kind) });
    }
  }
  mustLeaveMethods(fields);
  return new EventType([...fields.values()]);
}

/** Events with bytes have two more methods. */
function mustLeaveMethods(fields: ReadonlyMap<string, Field>): void {
  const taken = ['reserve', 'trim'].find((name) => fields.has(name));
  if (taken === undefined || ![...fields.values()].some(({ type }) => isPayload(type))) return;
  throw new ArgumentError(
    'ERR_FIELD_NAME',
    `A field cannot be called ${JSON.stringify(taken)} in an event with fields of any length: these have a method of that name.`,
  );
}

function isColumnType(value: unknown): value is ColumnType {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, length, isArray } = value as Partial<ColumnType>;
  return elementKinds.includes(kind!) && Number.isInteger(length) && typeof isArray === 'boolean';
}

/** A value as it stands in an error's sentence. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  if (typeof value === 'function') return 'a function';
  return String(value);
}
