/** One record of the files, as bytes, to the numbers that are counted. The same code in every version. */

/** What is counted of a flight. Of a broken record: `hour` is BROKEN. */
export interface Flight {
  /** Its origin as a number (see `placeName`), or 0 … for the distance in steps of 250 miles where the file has no airports. */
  place: number;
  /** Hour of departure, 0 to 23. */
  hour: number;
  /** Minutes. */
  delay: number;
}

/** In `hour`: the record could not be read. */
export const BROKEN = 255;
/** Places are below this. */
export const PLACES = 32_768;
/** Bytes of a record that are handed on at most: a longer one is none. */
export const LONGEST_RECORD = 256;

/** Places from here on are airports: three letters of five bits each. */
const AIRPORT = 1 << 10;
const MILES_A_STEP = 250;

/** What a place is called: `JFK`, or `500-749 miles`. */
export function placeName(place: number): string {
  if (place >= AIRPORT) {
    return String.fromCharCode(64 + (place >> 10), 64 + ((place >> 5) & 31), 64 + (place & 31));
  }
  return `${place * MILES_A_STEP}-${(place + 1) * MILES_A_STEP - 1} miles`;
}

export function placeOfAirport(code: string): number {
  return ((code.charCodeAt(0) & 31) << 10) | ((code.charCodeAt(1) & 31) << 5) | (code.charCodeAt(2) & 31);
}

export function placeOfDistance(miles: number): number {
  return Math.floor(miles / MILES_A_STEP);
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;
const POINT = 0x2e;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

const name = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const DELAY = name('delay');
const DISTANCE = name('distance');
const ORIGIN = name('origin');
const DATE = name('date');
const TIME = name('time');

/**
 * Reads the record in `bytes` from `from` to `end`: a flat object of numbers and texts, with what stands before it in a list. A record
 * that is not one, or lacks what is counted, is BROKEN.
 */
export function parse(bytes: Uint8Array, from: number, end: number, flight: Flight): void {
  flight.place = 0;
  flight.delay = 0;
  flight.hour = BROKEN;
  let [delay, miles, airport, hour] = [NaN, NaN, -1, -1];
  let at = from;
  while (at < end && isBetween(bytes[at])) at++;
  if (bytes[at++] !== 0x7b || bytes[end - 1] !== 0x7d) return;
  for (;;) {
    if (bytes[at] !== QUOTE) return;
    const key = at + 1;
    at = closing(bytes, key, end);
    const keyEnd = at++;
    if (at >= end || bytes[at++] !== COLON) return;
    const value = at;
    if (bytes[at] === QUOTE) {
      at = closing(bytes, value + 1, end);
      if (at >= end) return;
      if (is(bytes, key, keyEnd, ORIGIN)) airport = airportIn(bytes, value + 1, at);
      else if (is(bytes, key, keyEnd, DATE)) hour = hourOfDate(bytes, value + 1, at);
      at++;
    } else {
      while (at < end && isNumeric(bytes[at])) at++;
      if (is(bytes, key, keyEnd, DELAY)) delay = wholeIn(bytes, value, at);
      else if (is(bytes, key, keyEnd, DISTANCE)) miles = wholeIn(bytes, value, at);
      else if (is(bytes, key, keyEnd, TIME)) hour = flooredIn(bytes, value, at);
      else if (at === value) return;
    }
    if (at === end - 1) break;
    if (bytes[at++] !== COMMA) return;
  }
  const place = airport >= 0 ? airport : placeOfDistance(miles);
  if (!(place >= 0 && place < PLACES) || !(hour >= 0 && hour < 24)) return;
  if (Number.isNaN(delay) || Number.isNaN(miles)) return;
  flight.place = place;
  flight.delay = delay;
  flight.hour = hour;
}

const isBetween = (byte: number): boolean =>
  byte === 0x5b || byte === COMMA || byte === 0x20 || (byte >= 9 && byte <= 13);
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;
const isNumeric = (byte: number): boolean => isDigit(byte) || byte === MINUS || byte === POINT;

/** Where the text that begins at `at` ends; `end` when it does not, or has anything escaped. */
function closing(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== QUOTE) if (bytes[at++] === BACKSLASH) return end;
  return at;
}

function is(bytes: Uint8Array, from: number, end: number, name: Uint8Array): boolean {
  if (end - from !== name.length) return false;
  for (let i = 0; i < name.length; i++) if (bytes[from + i] !== name[i]) return false;
  return true;
}

/** A whole number of up to 9 digits; NaN otherwise. */
function wholeIn(bytes: Uint8Array, from: number, end: number): number {
  const negative = bytes[from] === MINUS;
  let at = negative ? from + 1 : from;
  if (at === end || end - at > 9) return NaN;
  let whole = 0;
  for (; at < end; at++) {
    if (!isDigit(bytes[at])) return NaN;
    whole = whole * 10 + bytes[at] - 0x30;
  }
  return negative ? -whole : whole;
}

/** What stands before the point; NaN for what is no number of that form. */
function flooredIn(bytes: Uint8Array, from: number, end: number): number {
  let point = from;
  while (point < end && bytes[point] !== POINT) point++;
  for (let at = point + 1; at < end; at++) if (!isDigit(bytes[at])) return NaN;
  return wholeIn(bytes, from, point);
}

/** -1 for what is not three capitals. */
function airportIn(bytes: Uint8Array, from: number, end: number): number {
  if (end - from !== 3) return -1;
  for (let at = from; at < end; at++) if (bytes[at] < 0x41 || bytes[at] > 0x5a) return -1;
  return ((bytes[from] & 31) << 10) | ((bytes[from + 1] & 31) << 5) | (bytes[from + 2] & 31);
}

/** Of `2001/01/01 06:55`; -1 for another form. */
function hourOfDate(bytes: Uint8Array, from: number, end: number): number {
  if (end - from !== 16 || bytes[from + 10] !== 0x20 || bytes[from + 13] !== COLON) return -1;
  return wholeIn(bytes, from + 11, from + 13);
}
