import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { extract } from './extract.js';

const root = new URL('../../', import.meta.url);
const document = 'docs/pipeline.md';

it('the example of docs/pipeline.md prints what it says', () => {
  const folder = fileURLToPath(new URL('.build/pipeline', root));
  expect(extract(folder, document)).toEqual(['events.js', 'read.js', 'split.js', 'count.js', 'words.js']);
  const printed = execFileSync(process.execPath, ['words.js'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 50_000,
  });
  const [, says] = /^```text\n(.*?)^```$/ms.exec(readFileSync(new URL(document, root), 'utf8'))!;
  expect(printed).toBe(says);
});
