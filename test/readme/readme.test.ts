import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { extract } from './extract.js';

const root = new URL('../../', import.meta.url);

it("the README's first example prints what the README says", () => {
  const folder = fileURLToPath(new URL('.build/readme', root));
  expect(extract(folder)).toEqual(['trade.js', 'main.js', 'total.js', 'orders.js', 'jobs.js']);
  const printed = execFileSync(process.execPath, ['main.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(printed).toBe('a million trades, 1000000 in all\n');
});

it('the example of a successor prints what docs/recovery.md says', () => {
  const document = 'docs/recovery.md';
  const folder = fileURLToPath(new URL('.build/recovery', root));
  expect(extract(folder, document)).toEqual(['order.js', 'restart.js', 'save.js']);
  const printed = execFileSync(process.execPath, ['restart.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  const [, promised] = /```text\n(.*?)```/s.exec(readFileSync(new URL(document, root), 'utf8'))!;
  expect(printed).toBe(promised);
});

it("the README's example of texts, bytes and values prints what the README says", () => {
  const folder = fileURLToPath(new URL('.build/readme', root));
  extract(folder);
  const printed = execFileSync(process.execPath, ['orders.js', 'jobs.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(printed).toBe('500500 bolts, 500500 bytes of scans\n');
});

it("the README's example of a queue prints what the README says", () => {
  const folder = fileURLToPath(new URL('.build/readme', root));
  extract(folder);
  const printed = execFileSync(process.execPath, ['jobs.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect(printed).toBe('500500\n');
});

it('every command that the README names exists', () => {
  const readme = readFileSync(new URL('README.md', root), 'utf8');
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const named = [...readme.matchAll(/`npm run ([\w:]+)`/g)].map(([, name]) => name);
  expect(named.length).toBeGreaterThan(0);
  for (const name of named) expect(scripts).toHaveProperty([name]);
});
