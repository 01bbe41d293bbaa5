/** Makes the report from what was measured last: one HTML page, the same as Markdown, and on request the README's table. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { intoReadme, markdownOf } from './markdown.js';
import { pageOf } from './page.js';
import { readRecords, ReportError } from './records.js';

const help = `npm run report -- [--measure] [--quick] [--from FILE]... [--readme]
  --measure    runs npm start, npm run bench and npm run bench:growth first: about eleven minutes
  --quick      with --measure: their short forms
  --from FILE  a record instead of the last ones (.build/records/*.json); may be given several times
  --readme     puts the main table into README.md too`;

const fileHere = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

function measureAll(quick: boolean): void {
  const began = performance.now();
  const scripts = ['start', 'bench', 'bench:growth'];
  for (const [i, script] of scripts.entries()) {
    console.log(`\nnpm run ${script}${quick ? ' -- --quick' : ''}, ${i + 1} of ${scripts.length}\n`);
    const { status } = spawnSync('npm', ['run', script, ...(quick ? ['--', '--quick'] : [])], {
      stdio: 'inherit',
    });
    if (status !== 0)
      throw new ReportError(
        `npm run ${script} failed: see above. What was measured before is kept: run it again, and the rest, and then npm run report without --measure.`,
      );
  }
  console.log(`\nMeasured in ${((performance.now() - began) / 60_000).toFixed(1)} minutes.`);
}

function main(): void {
  const { values } = parseArgs({
    options: {
      measure: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      from: { type: 'string', multiple: true, default: [] },
      readme: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return console.log(help);
  if (values.measure) measureAll(values.quick);
  const records = readRecords(values.from);
  const readme = fileHere('../../README.md');
  // All of it is made before any of it is written.
  const files: [string, string][] = [
    [fileHere('index.html'), pageOf(records)],
    [fileHere('report.md'), markdownOf(records)],
  ];
  if (values.readme) files.push([readme, intoReadme(readFileSync(readme, 'utf8'), records)]);
  for (const [file, contents] of files) {
    writeFileSync(file, contents);
    console.log(file);
  }
}

try {
  main();
} catch (error) {
  if (!(error instanceof ReportError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
