/** Words for findings: so that each sentence is made from its run's figures alone. */
import { readable, type Result } from '../harness.js';
import { timesBetter } from '../report.js';

/** The result of a variant. @throws when there is none. */
export function find(
  results: readonly Result[],
  system: string,
  where: { experiment?: string; at?: number } = {},
): Result {
  const found = results.find(
    (result) =>
      result.system === system &&
      (where.at === undefined || result.at === where.at) &&
      (where.experiment === undefined || result.experiment === where.experiment),
  );
  if (found === undefined) throw new Error(`There is no result of ${system}.`);
  return found;
}

/** A result's median, with its unit. */
export const figure = ({ median, unit }: Result): string => readable(median, unit);

/** How many times better, as 3.4 or 12. */
export function times(a: Result, b: Result): string {
  const ratio = timesBetter(a, b);
  return ratio >= 9.95 ? ratio.toFixed(0) : ratio.toFixed(1);
}

/** Below so much more, a difference is taken for noise. */
const NOISE = 1.15;

/** Whether the medians differ by more than noise, and at least one lies outside the other's rounds. */
const differ = (a: Result, b: Result): boolean =>
  Math.max(timesBetter(a, b), timesBetter(b, a)) > NOISE && !(within(a, b) && within(b, a));

const within = ({ median }: Result, { min, max }: Result): boolean => median >= min && median <= max;

/** As "3.4 times as fast as", "about as fast as" or "slower (0.50 times) than". */
export function comparedWith(a: Result, b: Result): string {
  if (!differ(a, b)) return 'about as fast as';
  const ratio = timesBetter(a, b);
  return ratio > 1 ? `${times(a, b)} times as fast as` : `slower (${ratio.toFixed(2)} times) than`;
}

/** Whether one is better by more than noise. */
export const better = (a: Result, b: Result): boolean => differ(a, b) && timesBetter(a, b) > 1;

/** A sentence, and another for when things did not come as expected. */
export const honest = (expected: boolean, otherwise: string): string => (expected ? '' : ` ${otherwise}`);

/** "in a, b and c", or "nowhere". */
export const named = (names: readonly string[]): string =>
  names.length === 0 ? 'nowhere' : `in ${listed(names, ', ', ' and ')}`;

/** All of them in a row. */
export const listed = (parts: readonly string[], comma = '; ', last = comma): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(comma)}${last}${parts.at(-1)}`;

/** Rounds of one variant that differ by more were disturbed. */
const DISTURBED = 2;

/** What to say of a run in which the rounds of many variants differ a lot; otherwise nothing. */
export function noteOfNoise(results: readonly Result[]): string {
  const disturbed = results.filter(({ min, max }) => max > DISTURBED * min).length;
  if (disturbed * 3 < results.length) return '';
  return ` (In ${disturbed} of ${results.length} lines the rounds differ by more than twice: the machine was busy with other things, so take these figures as hints.)`;
}
