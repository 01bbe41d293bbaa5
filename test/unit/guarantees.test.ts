/** Every promise names what holds it, and all of that exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../../', import.meta.url);
const text = (path: string): string => readFileSync(new URL(path, root), 'utf8');

const promises = text('docs/guarantees.md')
  .split('\n')
  .map((line) => /^\| ([A-Z].+) \| (.+) \|$/.exec(line))
  .filter((match) => match !== null)
  .map(([, promise, holders]) => ({
    promise,
    titles: [...holders.matchAll(/\*([^*]+)\*/g)].map(([, title]) => title),
  }));

const sources = readdirSync(new URL('test/', root), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('guarantees.test.ts'))
  .map((path) => text(`test/${path}`))
  .join('\n');

/** A title stands between quotes of one sort; it may begin with the number of a bug. */
const exists = (title: string): boolean =>
  ["'", '`', '"'].some((quote) => {
    for (let end = sources.indexOf(title + quote); end >= 0; end = sources.indexOf(title + quote, end + 1))
      if (new RegExp(`${quote}(B-\\d\\d: )?$`).test(sources.slice(Math.max(0, end - 8), end))) return true;
    return false;
  });

it('has a test or a program for each promise', () => {
  expect(promises.length).toBeGreaterThan(20);
  expect(promises.filter(({ titles }) => titles.length === 0)).toEqual([]);
});

it('names only what exists', () => {
  expect(promises.flatMap(({ titles }) => titles).filter((title) => !exists(title))).toEqual([]);
  expect(exists('no such promise')).toBe(false);
});

it('says each promise once', () => {
  expect(new Set(promises.map(({ promise }) => promise)).size).toBe(promises.length);
});
