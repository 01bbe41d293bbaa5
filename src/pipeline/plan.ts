/** Checks what a pipeline is declared with and turns it into a plan; nothing is made, and no file is read, before everything is right. */
import { ArgumentError, SlipringError } from '../errors.js';
import { describe, EventType } from '../event.js';
import { WaitLimits } from '../limits.js';
import { mustKnow, planRing, type RingOptions } from '../options.js';
import { type Arc, loopsAmong, refuseDeadlocks } from './cycles.js';
import type {
  ArcOptions,
  PipelineDefinition,
  RestartOptions,
  StageOptions,
  StageWaits,
} from './definition.js';
import { isStage, type Stage, StageFile } from './stage.js';
import { urlOf } from './surroundings.js';

/** An arc that was found right. */
export interface ArcPlan extends Arc {
  readonly lossy: boolean;
  /** Whether it was declared how many events are in its ring at most. */
  readonly bounded: boolean;
}

/** A stage that was found right. */
export interface StagePlan {
  readonly name: string;
  /** The stage itself, or the URL of its file. */
  readonly run: Stage | string;
  readonly output: EventType | undefined;
  readonly inputs: readonly ArcPlan[];
  readonly threads: number;
  readonly restart: Required<RestartOptions> | undefined;
  readonly data: unknown;
  readonly waits: StageWaits;
  readonly whenFull: 'block' | 'drop-newest';
  /** Of the ring of its output, but for the doorbell. */
  readonly ring: RingOptions | undefined;
}

/** A pipeline that was found right. */
export interface PipelinePlan {
  readonly stages: readonly StagePlan[];
  readonly arcs: readonly ArcPlan[];
  readonly loops: readonly (readonly string[])[];
}

const OPTIONS = [
  'run',
  'output',
  'from',
  'threads',
  'capacity',
  'whenFull',
  'arenaBytes',
  'restart',
  'data',
  'timeoutMs',
  'wait',
];
const OF_OUTPUT = ['capacity', 'whenFull', 'arenaBytes'] as const;
const USUAL_CAPACITY = 1_024;
const MOST_THREADS = 255;

/** @throws ArgumentError as `pipeline`. */
export function planPipeline(definition: PipelineDefinition): PipelinePlan {
  const entries = typeof definition === 'object' && definition !== null ? Object.entries(definition) : [];
  if (entries.length === 0 || Array.isArray(definition)) {
    throw new ArgumentError(
      'ERR_PIPELINE_STAGES',
      `A pipeline takes stages by their names, like { read: { run: file, output: Line } }, not ${entries.length === 0 ? describe(definition) : 'an array'}.`,
    );
  }
  for (const [name, options] of entries) mustBeStage(name, options);
  const arcs = entries.flatMap(([name, options]) => arcsInto(name, options, definition));
  const names = entries.map(([name]) => name);
  const stages = entries.map(([name, options]) => planStage(name, options, arcs, definition));
  mustHaveSources(stages);
  refuseDeadlocks(names, arcs);
  return { stages, arcs, loops: loopsAmong(names, arcs) };
}

function mustBeStage(name: string, options: StageOptions): void {
  if (name === '') throw new ArgumentError('ERR_STAGE_NAME', 'A stage has a name that is not empty.');
  within(name, () => mustKnow(options, OPTIONS, name));
  const { run, output, from, threads = 1, restart, whenFull = 'block' } = options;
  const itself = isStage(run);
  if (!itself && !(run instanceof StageFile) && !isUrl(run)) {
    throw new ArgumentError(
      'ERR_STAGE_RUN',
      `The stage ${quoted(name)} runs a file, as a URL or by stageFile(url), or a stage itself, not ${describe(run)}.`,
    );
  }
  if (output !== undefined && !(output instanceof EventType)) {
    throw new ArgumentError(
      'ERR_EVENT',
      `The output of the stage ${quoted(name)} is declared by event({ … }), not ${describe(output)}.`,
    );
  }
  if (!itself && output === undefined && from === undefined) {
    throw new ArgumentError(
      'ERR_STAGE_FROM',
      `The stage ${quoted(name)} takes no events and publishes none: say where its events come from in \`from\`, or declare its output.`,
    );
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS || (itself && threads !== 1)) {
    throw new ArgumentError(
      'ERR_STAGE_THREADS',
      itself
        ? `The stage ${quoted(name)} is given itself, and runs in one thread, this one, not in ${describe(threads)}: give its file.`
        : `The stage ${quoted(name)} has 1 to ${MOST_THREADS} threads, not ${describe(threads)}.`,
    );
  }
  if (restart !== undefined) mustBeRestart(name, restart, itself);
  if (whenFull !== 'block' && whenFull !== 'drop-newest') {
    throw new ArgumentError(
      'ERR_WHEN_FULL',
      `whenFull of the stage ${quoted(name)} is 'block' or 'drop-newest', not ${describe(whenFull)}; a stage that takes its events with lossy: true misses the oldest.`,
    );
  }
}

function mustBeRestart(name: string, restart: RestartOptions, itself: boolean): void {
  within(name, () => mustKnow(restart, ['times', 'withinMs'], 'restart'));
  const { times, withinMs = Infinity } = restart;
  const right = (times === Infinity || (Number.isInteger(times) && times >= 1)) && withinMs > 0;
  if (right && !itself) return;
  throw new ArgumentError(
    'ERR_STAGE_RESTART',
    itself
      ? `The stage ${quoted(name)} runs in this thread, which cannot be started again: give its file.`
      : `The stage ${quoted(name)} is restarted like { times: 3, withinMs: 60_000 }: a whole number of times, 1 or more, in more than 0 ms.`,
  );
}

function arcsInto(to: string, { from, threads = 1 }: StageOptions, all: PipelineDefinition): ArcPlan[] {
  return arcEntries(to, from).map(([name, options]) => {
    if (!Object.hasOwn(all, name)) {
      throw new ArgumentError(
        'ERR_STAGE_UNKNOWN',
        `The stage ${quoted(to)} takes events from ${quoted(name)}, which is not declared; there are ${Object.keys(all).join(', ')}.`,
      );
    }
    within(to, () => mustKnow(options, ['lossy', 'inFlight'], `from ${name}`));
    const { lossy = false, inFlight } = options;
    if (typeof lossy !== 'boolean' || (lossy && threads > 1)) {
      throw new ArgumentError(
        'ERR_LOSSY',
        `The stage ${quoted(to)} can take the events of ${quoted(name)} lossily only in one thread; lossy is true or false.`,
      );
    }
    const { capacity = USUAL_CAPACITY, whenFull = 'block' } = all[name];
    if (inFlight !== undefined && !(Number.isInteger(inFlight) && inFlight >= 1 && inFlight <= capacity)) {
      throw new ArgumentError(
        'ERR_PIPELINE_BOUND',
        `inFlight says how many events of ${quoted(name)} there are at most: a whole number from 1 to that stage's capacity, ${capacity}, not ${describe(inFlight)}.`,
      );
    }
    const bounded = inFlight !== undefined;
    return { from: name, to, lossy, bounded, blocks: !lossy && whenFull === 'block' && !bounded };
  });
}

function arcEntries(to: string, from: StageOptions['from']): [name: string, options: ArcOptions][] {
  if (from === undefined) return [];
  if (typeof from === 'string') return [[from, {}]];
  if (typeof from !== 'object' || from === null) {
    throw new ArgumentError(
      'ERR_STAGE_FROM',
      `The stage ${quoted(to)} takes events from a stage's name, a list of names, or { name: options }, not ${describe(from)}.`,
    );
  }
  const entries: [string, ArcOptions][] = Array.isArray(from)
    ? (from as readonly string[]).map((name) => [String(name), {}])
    : (Object.entries(from) as [string, ArcOptions][]);
  const twice = entries.find(([name], i) => entries.findIndex(([other]) => other === name) < i);
  if (twice === undefined && entries.length > 0) return entries;
  throw new ArgumentError(
    twice === undefined ? 'ERR_STAGE_FROM' : 'ERR_STAGE_DUPLICATE',
    `The stage ${quoted(to)} names ${twice === undefined ? 'no stage' : `${quoted(twice[0])} twice`} in \`from\`.`,
  );
}

function planStage(
  name: string,
  options: StageOptions,
  arcs: readonly ArcPlan[],
  all: PipelineDefinition,
): StagePlan {
  const { run, threads = 1, restart, data, timeoutMs, wait, whenFull = 'block' } = options;
  const waits = { ...(timeoutMs !== undefined && { timeoutMs }), ...(wait !== undefined && { wait }) };
  within(name, () => new WaitLimits(waits, '', { left: false }));
  const output = outputOf(options);
  const inputs = arcs.filter(({ to }) => to === name);
  mustFit(name, run, inputs, options, all);
  return {
    name,
    run: isStage(run) ? run : hrefOf(name, run),
    output,
    inputs,
    threads,
    restart: restart && { times: restart.times, withinMs: restart.withinMs ?? Infinity },
    data,
    waits,
    whenFull,
    ring: ringOf(name, output, options, arcs, all),
  };
}

function outputOf({ run, output }: StageOptions): EventType | undefined {
  return (output as EventType | undefined) ?? (isStage(run) ? (run.output ?? undefined) : undefined);
}

/** Whether all that a stage takes is of one kind; and for a stage that is given itself, whether it is of that kind. */
function mustFit(
  name: string,
  run: StageOptions['run'],
  inputs: readonly ArcPlan[],
  options: StageOptions,
  all: PipelineDefinition,
): void {
  const given = inputs.map(({ from }) => ({ from, event: outputOf(all[from]) }));
  for (const { from, event } of given) {
    if (event === undefined) {
      throw new ArgumentError(
        'ERR_STAGE_EVENT',
        `The stage ${quoted(name)} takes events from ${quoted(from)}, which has no output.`,
      );
    }
    if (event.schema !== given[0].event!.schema) {
      throw new ArgumentError(
        'ERR_STAGE_EVENT',
        `The stage ${quoted(name)} takes events of two kinds: ${given[0].event!.schema} from ${quoted(given[0].from)}, and ${event.schema} from ${quoted(from)}.`,
      );
    }
  }
  if (isStage(run)) mustHaveEvents(name, run, given[0]?.event?.schema, outputOf(options)?.schema);
}

/** @throws ArgumentError `ERR_STAGE_EVENT` where a stage's events are not those of the pipeline. */
export function mustHaveEvents(
  name: string,
  { input, output }: Stage,
  given: string | undefined,
  declared: string | undefined,
): void {
  const differs = (its: EventType | null, schema: string | undefined): boolean => its?.schema !== schema;
  const say = (schema: string | undefined): string => (schema === undefined ? 'none' : `{ ${schema} }`);
  if (differs(input, given)) {
    throw new ArgumentError(
      'ERR_STAGE_EVENT',
      `The stage ${quoted(name)} takes events ${say(input?.schema)}, and the pipeline gives it ${say(given)}.`,
    );
  }
  if (differs(output, declared)) {
    throw new ArgumentError(
      'ERR_STAGE_EVENT',
      `The stage ${quoted(name)} publishes events ${say(output?.schema)}, and the pipeline declares ${say(declared)} as its output.`,
    );
  }
}

function ringOf(
  name: string,
  output: EventType | undefined,
  options: StageOptions,
  arcs: readonly ArcPlan[],
  all: PipelineDefinition,
): RingOptions | undefined {
  if (output === undefined) {
    const idle = OF_OUTPUT.find((option) => options[option] !== undefined);
    if (idle === undefined) return undefined;
    throw new ArgumentError(
      'ERR_OPTION',
      `The stage ${quoted(name)} has no output, and so no use for ${idle}.`,
    );
  }
  const readers = arcs.filter(({ from }) => from === name);
  if (readers.length === 0) {
    throw new ArgumentError(
      'ERR_STAGE_UNREAD',
      `No stage takes the events that ${quoted(name)} publishes: let one name it in \`from\`.`,
    );
  }
  const { capacity = USUAL_CAPACITY, threads = 1, arenaBytes } = options;
  const ring: RingOptions = {
    capacity,
    producers: threads,
    consumers: Object.fromEntries(readers.map(({ to, lossy }) => [to, readerOf(all[to], lossy)])),
    whenConsumerFails: 'wait',
    ...(arenaBytes !== undefined && { arenaBytes }),
  };
  within(name, () => planRing(output, ring));
  return ring;
}

/** One seat more than threads: where one died, another worker may still be at what it had in hand when its successor comes. */
function readerOf({ threads = 1 }: StageOptions, lossy: boolean): { lossy: true } | { workers?: number } {
  if (lossy) return { lossy };
  return threads > 1 ? { workers: threads + 1 } : {};
}

function mustHaveSources(stages: readonly StagePlan[]): void {
  if (stages.some(({ inputs }) => inputs.length === 0)) return;
  throw new ArgumentError(
    'ERR_PIPELINE_SOURCE',
    'Every stage takes events from another, and none begins: leave out `from` in at least one.',
  );
}

/** Runs a check of something of one stage, and says which in its error. */
function within(name: string, check: () => void): void {
  try {
    check();
  } catch (error) {
    if (!(error instanceof SlipringError)) throw error;
    throw new ArgumentError(error.code, `In the stage ${quoted(name)}: ${error.message}`, { cause: error });
  }
}

function isUrl(value: unknown): value is { readonly href: string } {
  return (
    typeof value === 'object' && value !== null && typeof (value as { href?: unknown }).href === 'string'
  );
}

function hrefOf(name: string, run: StageOptions['run']): string {
  const file = run instanceof StageFile ? run.file : (run as { readonly href: string });
  if (isUrl(file)) return file.href;
  try {
    return urlOf(file).href;
  } catch (cause) {
    throw new ArgumentError(
      'ERR_STAGE_RUN',
      `The file of the stage ${quoted(name)} is named by a URL, as new URL('./${name}.js', import.meta.url), not ${describe(file)}.`,
      { cause },
    );
  }
}

export const quoted = (name: string): string => JSON.stringify(name);
