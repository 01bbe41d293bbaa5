/** How cost grows: consumers, producers, threads, slots, columns, bytes; and the law that is read from each. */
import { parseArgs } from 'node:util';
import { type Growth, growths } from './growth/experiments.js';
import { measure, type Result } from './harness.js';
import { keepRecord, type Story } from './record.js';
import { endProgress, machine, progressLine, tableOf, writeJson } from './report.js';

const help = `npm run bench:growth -- [--quick] [--only NAME]... [--json FILE]
  --quick      a shorter measurement, about a minute
  --only NAME  one of these; may be given several times
${growths.map(({ name, title }) => `                 ${name.padEnd(20)}${title}`).join('\n')}
  --json FILE  write the results as JSON too`;

interface Options {
  quick: boolean;
  only?: string[];
  json?: string;
  help: boolean;
}

/** What was asked for, or what is wrong with it. */
function read(): Options | string {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    const unknown = values.only?.find((wanted) => !growths.some(({ name }) => name === wanted));
    return unknown === undefined ? values : `There is no experiment ${unknown}.`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Entrants of all places take turns, so that what disturbs the machine for a while disturbs all alike. */
async function run(
  growth: Growth,
  quick: boolean,
): Promise<{ results: (Result & { at: number })[]; story: Story & { varied: string } }> {
  const entrants = growth.entrants(quick).map((entrant) => ({ ...entrant, warmUps: quick ? 1 : 2 }));
  const measured = await measure(entrants, quick ? 3 : 7, progressLine);
  const results = measured.map((result, i) => ({ ...result, at: entrants[i].at }));
  const { name, title, drawing, expected, varied } = growth;
  return {
    results,
    story: {
      name,
      title,
      drawing,
      expected,
      seen: growth.law(results),
      means: growth.means(results),
      varied,
    },
  };
}

async function main({ quick, only, json }: Options): Promise<void> {
  const chosen = growths.filter(({ name }) => only?.includes(name) ?? true);
  const results: Result[] = [];
  const stories: Story[] = [];
  console.log(`slipring, on this machine: ${machine()}`);
  for (const growth of chosen) {
    const { results: own, story } = await run(growth, quick);
    endProgress();
    results.push(...own);
    stories.push(story);
    const named = own.map((result) => ({
      ...result,
      experiment: `${result.at.toLocaleString('en')} ${story.varied}`,
    }));
    const ringAt = ({ experiment }: Result): Result | undefined =>
      named.find((other) => other.experiment === experiment && other.system === 'slipring');
    console.log(`\n${story.title}\n\n${story.drawing}\n\nExpected: ${story.expected}`);
    console.log(tableOf(named, ringAt));
    console.log(`Seen: ${story.seen}\n${story.means}`);
  }
  const flags = [...(quick ? ['--quick'] : []), ...(only ?? []).map((name) => `--only ${name}`)];
  const command = ['npm run bench:growth', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
  keepRecord('growth', { command, results, stories });
  if (json !== undefined) writeJson(json, results);
  console.log('\nEvery event was verified.');
}

const options = read();
if (typeof options === 'string') {
  console.error(`${options}\n${help}`);
  process.exitCode = 1;
} else if (options.help) console.log(help);
else await main(options);
