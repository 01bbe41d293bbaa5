/** What a stage does: the default export of its file, or given to the pipeline as it is. */
import { ArgumentError } from '../errors.js';
import { describe, EventType, type Fields, type Readable } from '../event.js';
import type { AbortSignalLike } from '../limits.js';
import type { Producer } from '../producer.js';
import type { FileUrl } from './surroundings.js';

/** What a stage is told about itself and the event in hand. */
export interface StageContext {
  /** Its name in the pipeline. */
  readonly stage: string;
  /** Which of the stage's threads this is, from 0. */
  readonly thread: number;
  /** 1 for the first in this place; one more after each restart. */
  readonly life: number;
  /** What the pipeline gave the stage as `data`. */
  readonly data: unknown;
  /** The stage that the event in hand comes from. */
  readonly from: string;
  /** The sequence of the event in hand, in the ring of that stage; -1 before the first. */
  readonly sequence: number;
  /** Whether another thread of the group had the events in hand before, and may have handled the first of them. */
  readonly redelivered: boolean;
  /** Aborted when the pipeline is, as soon as this thread's event loop has a turn. */
  readonly signal: AbortSignalLike;
  /** Lets the events before the one in hand go, or those below `sequence`: they do not come again after a restart. */
  release(sequence?: number): void;
}

/** Where a stage publishes; undefined for a sink. */
export type Out<O extends Fields | null> = O extends Fields ? Producer<O> : undefined;

/**
 * Handles one event, and publishes what follows from it to `out`. As an `async` function it is awaited before the next event, and has to use the
 * async forms of `out`.
 */
export type StageHandler<I extends Fields, O extends Fields | null> = (
  event: Readable<I>,
  out: Out<O>,
  context: StageContext,
) => unknown;

/** A stage that does more than handle events. `begin` and `end` may be asynchronous. */
export interface StageWork<I extends Fields, O extends Fields | null> {
  /** Before the first event, in each thread. No stage gets an event before all have begun. */
  begin?(context: StageContext): unknown;
  readonly each: StageHandler<I, O>;
  /** After the last event: may publish what was gathered. */
  end?(out: Out<O>, context: StageContext): unknown;
}

/** Publishes events until there are no more. */
export type SourceHandler<O extends Fields> = (out: Producer<O>, context: StageContext) => unknown;

/** A source that does more than publish. */
export interface SourceWork<O extends Fields> {
  begin?(context: StageContext): unknown;
  readonly run: SourceHandler<O>;
}

/** As `StageHandler`, of a stage without output. */
export type SinkHandler<I extends Fields> = (event: Readable<I>, context: StageContext) => unknown;

/** As `StageWork`, of a stage without output. */
export interface SinkWork<I extends Fields> {
  begin?(context: StageContext): unknown;
  readonly each: SinkHandler<I>;
  end?(context: StageContext): unknown;
}

type Method = (...args: never[]) => unknown;

/** What any stage does, in one form. `each` is undefined for a source, and `run` for all others. */
export interface Work {
  readonly begin?: (context: StageContext) => unknown;
  readonly each?: (event: Readable<Fields>, out: unknown, context: StageContext) => unknown;
  readonly run?: (out: Producer, context: StageContext) => unknown;
  readonly end?: ((out: unknown, context: StageContext) => unknown) | undefined;
  /** Whether `each` is an `async` function. */
  readonly isAsync: boolean;
}

/** What a stage takes, what it publishes, and what it does. Made by `source`, `stage` and `sink`; `null` stands for no events. */
export class Stage<I extends Fields | null = Fields | null, O extends Fields | null = Fields | null> {
  readonly slipring = 'stage';
  readonly input: EventType | null;
  readonly output: EventType | null;
  readonly work: Work;
  // A function of both, so that a stage fits its own events only, neither wider nor narrower ones.
  declare protected readonly _events: (input: I, output: O) => readonly [I, O];

  /** Use `source`, `stage` or `sink`. */
  constructor(input: EventType | null, output: EventType | null, work: Work) {
    this.input = input;
    this.output = output;
    this.work = work;
  }
}

/**
 * A stage without input: it publishes until it returns; then its output ends.
 * @throws ArgumentError `ERR_EVENT`, `ERR_STAGE_HANDLER`.
 * @example export default source(Line, (out) => { for (const line of lines) out.publish(fill, line); });
 */
export function source<O extends Fields>(
  output: EventType<O>,
  work: SourceHandler<O> | SourceWork<O>,
): Stage<null, O> {
  mustBeEventOf('source', output);
  return new Stage<null, O>(null, output, partsOf('source', 'run', work));
}

/**
 * A stage with input and output. A function is called with each event; with `begin` and `end` it is told of the start and the end too.
 * @throws ArgumentError `ERR_EVENT`, `ERR_STAGE_HANDLER`.
 * @example export default stage(Line, Word, (line, out) => { for (const word of wordsOf(line.text)) out.publish(fill, word); });
 */
export function stage<I extends Fields, O extends Fields>(
  input: EventType<I>,
  output: EventType<O>,
  work: StageHandler<I, O> | StageWork<I, O>,
): Stage<I, O> {
  mustBeEventOf('stage', input);
  mustBeEventOf('stage', output);
  return new Stage<I, O>(input, output, partsOf('stage', 'each', work));
}

/**
 * A stage without output.
 * @throws ArgumentError `ERR_EVENT`, `ERR_STAGE_HANDLER`.
 * @example export default sink(Word, ({ word }) => console.log(word));
 */
export function sink<I extends Fields>(
  input: EventType<I>,
  work: SinkHandler<I> | SinkWork<I>,
): Stage<I, null> {
  mustBeEventOf('sink', input);
  const { each, end, ...rest } = partsOf('sink', 'each', work);
  return new Stage<I, null>(input, null, {
    ...rest,
    each: (event, _, context) => each!(event, context, context),
    end: end && ((_, context) => end(context, context)),
  });
}

/** The file of a stage, by its URL, and for the compiler what it exports. */
export class StageFile<I extends Fields | null = Fields | null, O extends Fields | null = Fields | null> {
  readonly file: FileUrl | string;
  declare protected readonly _events: (input: I, output: O) => readonly [I, O];

  /** Use `stageFile`. */
  constructor(file: FileUrl | string) {
    this.file = file;
  }
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type AnyStage = Stage<any, any>;

/** The file of a stage of this type, or of a module whose default export is one. */
type FileOf<M> =
  M extends Stage<infer I, infer O>
    ? StageFile<I, O>
    : M extends { readonly default: Stage<infer I, infer O> }
      ? StageFile<I, O>
      : never;

/**
 * The file of a stage, with its type: the compiler then checks that its events are those of the pipeline. The file itself is read when the
 * pipeline starts, in the threads of the stage. `M` is the type of the stage, or of its module.
 * @example
 * import type parse from './parse.js';
 * stageFile<typeof parse>(new URL('./parse.js', import.meta.url));
 */
export function stageFile<M extends AnyStage | { readonly default: AnyStage } = AnyStage>(
  file: FileUrl | string,
): FileOf<M> {
  return new StageFile(file) as FileOf<M>;
}

/** Whether something is a stage, also one of another copy of this package. */
export function isStage(value: unknown): value is Stage {
  return typeof value === 'object' && value !== null && (value as Partial<Stage>).slipring === 'stage';
}

/** What a stage does, from a function or from an object of functions, which are its methods. */
function partsOf(kind: string, main: 'run' | 'each', work: unknown): Work {
  if (typeof work === 'function') {
    mustNotGenerate(kind, work);
    return { [main]: work, isAsync: isAsync(work) };
  }
  const known = main === 'run' ? ['begin', 'run'] : ['begin', 'each', 'end'];
  const given = (typeof work === 'object' && work !== null ? work : {}) as Record<string, unknown>;
  const wrong = known.find(
    (name) => typeof given[name] !== 'function' && (name === main || given[name] !== undefined),
  );
  if (wrong !== undefined) {
    throw new ArgumentError(
      'ERR_STAGE_HANDLER',
      `${kind}() takes a function, or an object of functions ${known.join(', ')}; ${wrong === main ? `it has no ${main}()` : `its ${wrong} is ${describe(given[wrong])}`}.`,
    );
  }
  mustNotGenerate(kind, given[main]);
  const parts = Object.fromEntries(
    known.map((name) => [name, (given[name] as Method | undefined)?.bind(given)]),
  );
  return { ...parts, isAsync: isAsync(given[main]) };
}

function mustBeEventOf(kind: string, event: unknown): void {
  if (event instanceof EventType) return;
  throw new ArgumentError(
    'ERR_EVENT',
    `${kind}() takes events that are declared by event({ … }), not ${describe(event)}.`,
  );
}

/** The body of a generator would never run: nobody asks for its values. */
function mustNotGenerate(kind: string, handler: unknown): void {
  if (!classOf(handler).endsWith('GeneratorFunction')) return;
  throw new ArgumentError(
    'ERR_STAGE_HANDLER',
    `${kind}() takes no generator: publish to \`out\` what you would yield.`,
  );
}

function isAsync(handler: unknown): boolean {
  return classOf(handler) === 'AsyncFunction';
}

const classOf = (handler: unknown): string => (handler as object).constructor.name;
