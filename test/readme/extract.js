/** Writes the files of a document, each in a block that begins with ```js file=NAME, into a folder. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function extract(folder, document = 'README.md') {
  const text = readFileSync(new URL(`../../${document}`, import.meta.url), 'utf8');
  mkdirSync(folder, { recursive: true });
  const files = [...text.matchAll(/^```js file=(\S+)\n(.*?)^```$/gms)].map(([, name, text]) => ({
    name,
    text,
  }));
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  return files.map(({ name }) => name);
}

if (process.argv[2] !== undefined)
  console.log(`wrote ${extract(process.argv[2], process.argv[3]).join(', ')}`);
