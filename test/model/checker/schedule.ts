/**
 * A schedule as a string: a letter for each thread in the order of the program, followed by how many steps in a row it
 * takes; then what became of a step, where that was not the usual thing. `a3b!a2` is three steps of the first thread, the
 * second one killed, two more steps of the first.
 */

import { CheckerError } from './errors.js';
import { DIES, FIRST_TASK, OUTCOME_SHIFT, STRAY, TIMES_OUT } from './outcomes.js';

const SYMBOLS: Readonly<Record<string, number>> = { '!': DIES, '?': STRAY, '@': TIMES_OUT };

export function encodeSchedule(path: readonly number[]): string {
  let text = '';
  for (let index = 0; index < path.length;) {
    const code = path[index];
    const thread = String.fromCharCode(97 + (code & ((1 << OUTCOME_SHIFT) - 1)));
    const outcome = code >> OUTCOME_SHIFT;
    let count = 1;
    if (outcome === 0) while (path[index + count] === code) count++;
    index += count;
    if (outcome === 0) text += count === 1 ? thread : `${thread}${count}`;
    else if (outcome >= FIRST_TASK) text += `${thread}#${outcome - FIRST_TASK}`;
    else text += `${thread}${Object.keys(SYMBOLS).find((symbol) => SYMBOLS[symbol] === outcome)!}`;
  }
  return text;
}

export function decodeSchedule(text: string): number[] {
  const path: number[] = [];
  const token = /([a-z])(?:(\d+)|([!?@])|#(\d+))?/y;
  while (token.lastIndex < text.length) {
    const at = token.lastIndex;
    const match = token.exec(text);
    if (match === null) throw new CheckerError(`Not a schedule: ${text.slice(at)}`);
    const thread = match[1].charCodeAt(0) - 97;
    if (match[3] !== undefined) path.push(thread | (SYMBOLS[match[3]] << OUTCOME_SHIFT));
    else if (match[4] !== undefined) path.push(thread | ((FIRST_TASK + Number(match[4])) << OUTCOME_SHIFT));
    else for (let count = Number(match[2] ?? 1); count > 0; count--) path.push(thread);
  }
  return path;
}
