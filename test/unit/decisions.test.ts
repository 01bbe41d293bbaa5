/** The table of others' bugs: complete, and every test that it names exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** Why there is nothing to look for. */
const NEVER = /cannot occur/;

const rows = text('docs/decisions.md')
  .split('\n')
  .map((line) => /^\| B-(\d\d) +\| (.+?) +\| (.+?) +\|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, number, , where]) => ({ number: Number(number), where }));

/** Every text that stands in a test between quotes of one sort, with the quotes. */
const sources = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('decisions.test.ts'))
  .map((path) => text(`test/${path}`))
  .join('\n');

const titlesIn = (where: string): string[] => [...where.matchAll(/\*([^*…]+)\*/g)].map(([, title]) => title);
const exists = (title: string): boolean =>
  ["'", '`', '"'].some((quote) => sources.includes(quote + title + quote));

it('has a row for each of B-01 to B-52, in order', () => {
  expect(rows.map(({ number }) => number)).toEqual(Array.from({ length: 52 }, (_, i) => i + 1));
});

it('says of each where it is looked for, or why not', () => {
  for (const { number, where } of rows)
    expect(titlesIn(where).length > 0 || NEVER.test(where), `B-${number}: ${where}`).toBe(true);
});

/** The rows of a table in `docs/proof.md`, by the head of its first column. */
function proofRows(head: string): { what: string; where: string }[] {
  const [, table] = text('docs/proof.md').split(`\n| ${head} | here |\n`);
  const lines = table.split('\n');
  return lines
    .slice(1, lines.indexOf(''))
    .map((line) => /^\| (.+?) \| (.+) \|$/.exec(line)!)
    .map(([, what, where]) => ({ what, where }));
}

it('says of each failure that the design tells of which mutant it is, or why it cannot occur, and all of them exist', () => {
  const failures = proofRows('failure');
  expect(failures.length).toBeGreaterThan(20);
  for (const { what, where } of failures) {
    expect(titlesIn(where).length > 0 || NEVER.test(where), what).toBe(true);
    expect(titlesIn(where).filter((title) => !exists(title))).toEqual([]);
  }
});

it('names only tests, programs and mutants that exist', () => {
  const titles = rows.flatMap(({ where }) => titlesIn(where));
  expect(titles.length).toBeGreaterThan(60);
  expect(titles.filter((title) => !exists(title))).toEqual([]);
  expect(exists('B-01: no such test')).toBe(false);
});
