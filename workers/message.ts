/** An event with payloads of every kind. */
import { bytes, event, type EventType, json, text, u32, value } from 'slipring';

type FieldsOf<E> = E extends EventType<infer F> ? F : never;

export const Message = event({ id: u32, body: bytes(), name: text(), order: value(json<number[]>()) });
export type MessageFields = FieldsOf<typeof Message>;

/** Ids of one producer start at a multiple of it. */
export const MOST_MESSAGES = 100_000;
