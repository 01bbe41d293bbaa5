import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { extract } from './extract.js';

const root = new URL('../../', import.meta.url);
const document = 'docs/diagnosing.md';

it("the example of docs/diagnosing.md prints what it says, but for the threads' numbers and the time", () => {
  const folder = fileURLToPath(new URL('.build/diagnosing', root));
  expect(extract(folder, document)).toEqual(['order.js', 'desk.js', 'main.js']);
  const printed = execFileSync(process.execPath, ['main.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  const [, says] = /^```text\n(.*?)^```$/ms.exec(readFileSync(new URL(document, root), 'utf8'))!;
  // Who has waited for longer comes first.
  const steady = (text: string): string[] =>
    text
      .replaceAll(/waited [\d.]+ m?s/g, 'waited a while')
      .replaceAll(/thread \d+/g, 'a thread')
      .split('\n')
      .sort();
  expect(steady(printed)).toEqual(steady(says));
});
