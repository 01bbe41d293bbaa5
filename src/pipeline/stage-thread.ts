/** One thread of a stage at work: in a worker, or in the pipeline's own thread. */
import type { Consumer } from '../consumer.js';
import { openRing } from '../create.js';
import { SeatError, SlipringError } from '../errors.js';
import type { Fields, Readable } from '../event.js';
import type { AbortSignalLike } from '../limits.js';
import type { Producer } from '../producer.js';
import type { Ring } from '../ring.js';
import { serve, serveAsync } from '../serve.js';
import { messageOf } from '../texts.js';
import { platform } from '../core/platform.js';
import { finish, finishingWords } from './finishing.js';
import type { Assignment } from './messages.js';
import { mustHaveEvents, quoted } from './plan.js';
import type { Stage, StageContext } from './stage.js';

/** Where a thread of a stage went wrong; `cause` is what was thrown. */
export class StageFailure extends Error {
  readonly code: string;
  readonly from: string | undefined;
  readonly sequence: number | undefined;

  constructor(code: string, cause: unknown, context?: Context) {
    super(messageOf(cause), { cause });
    this.code = code;
    const inHand = context !== undefined && context.sequence >= 0;
    this.from = inHand ? context.from : undefined;
    this.sequence = inHand ? context.sequence : undefined;
  }
}

/** What a handler that is not `async` must not do. */
class PromiseError extends Error {}

class Context implements StageContext {
  readonly stage: string;
  readonly thread: number;
  readonly life: number;
  readonly data: unknown;
  readonly signal: AbortSignalLike;
  from = '';
  sequence = -1;
  /** Whose event is in hand. */
  consumer: Consumer | undefined;

  constructor({ stage, thread, life, data }: Assignment, signal: AbortSignalLike) {
    this.stage = stage;
    this.thread = thread;
    this.life = life;
    this.data = data;
    this.signal = signal;
  }

  get redelivered(): boolean {
    return this.consumer?.redelivered === true;
  }

  release(sequence = this.sequence): void {
    this.consumer?.releaseUpTo(sequence);
  }
}

interface Input {
  readonly from: string;
  readonly bounded: boolean;
  readonly consumer: Consumer;
}

const SEAT_PAUSE_MS = 5;

export class StageThread {
  readonly #stage: Stage;
  readonly #assignment: Assignment;
  readonly #parks: boolean;
  readonly #context: Context;
  readonly #rings: Ring[] = [];
  readonly #inputs: Input[] = [];
  #output: Ring | undefined;
  #out: Producer | undefined;

  /** `parks`: whether its waits may block the thread. */
  constructor(stage: Stage, assignment: Assignment, signal: AbortSignalLike, { parks }: { parks: boolean }) {
    this.#stage = stage;
    this.#assignment = assignment;
    this.#parks = parks;
    this.#context = new Context(assignment, signal);
  }

  /**
   * Checks the stage's events, takes its seats, and lets it begin.
   * @throws StageFailure `ERR_STAGE_EVENT`, `ERR_STAGE_START`.
   */
  async begin(): Promise<void> {
    const { stage, given, declared } = this.#assignment;
    try {
      mustHaveEvents(stage, this.#stage, given, declared);
    } catch (error) {
      throw new StageFailure('ERR_STAGE_EVENT', error);
    }
    try {
      await this.#takeSeats();
      await this.#stage.work.begin?.(this.#context);
    } catch (error) {
      throw new StageFailure('ERR_STAGE_START', error);
    }
  }

  /**
   * Works until the input has ended, or the source has returned; then leaves, and the last of the stage's threads closes its output.
   * @throws StageFailure `ERR_STAGE_FAILED`, `ERR_STAGE_PROMISE`: its seats are not left then.
   */
  async work(): Promise<void> {
    const { work } = this.#stage;
    const context = this.#context;
    try {
      if (work.run !== undefined) await this.#publish(work.run);
      else await this.#handle();
      context.sequence = -1;
      await work.end?.(this.#out, context);
    } catch (error) {
      throw new StageFailure(
        error instanceof PromiseError ? 'ERR_STAGE_PROMISE' : 'ERR_STAGE_FAILED',
        error,
        context,
      );
    }
    this.leave();
    const { finishing, thread } = this.#assignment;
    finish(finishingWords(finishing), thread, () => this.#output?.close());
  }

  /** Leaves its seats. */
  leave(): void {
    for (const ring of this.#rings) ring[Symbol.dispose]();
  }

  async #takeSeats(): Promise<void> {
    const { stage, inputs, output, whenFull, waits } = this.#assignment;
    for (const { from, bounded, ring } of inputs) {
      const opened = this.#open(ring, this.#stage.input!);
      this.#inputs.push({ from, bounded, consumer: await this.#seat(() => opened.openConsumer(stage)) });
    }
    if (output === undefined) return;
    const opened = (this.#output = this.#open(output, this.#stage.output!));
    this.#out = await this.#seat(() => opened.openProducer({ ...waits, whenFull }));
  }

  #open(handle: Ring['handle'], event: NonNullable<Stage['input']>): Ring {
    const ring = openRing(handle, event);
    this.#rings.push(ring);
    return ring;
  }

  /** A successor may come while another thread is still at what the dead one had in hand, in the dead one's seat. */
  async #seat<S>(take: () => S): Promise<S> {
    for (;;) {
      try {
        return take();
      } catch (error) {
        const taken = error instanceof SeatError && error.code === 'ERR_SEAT_TAKEN';
        if (!taken || this.#assignment.life === 1 || this.#context.signal.aborted) throw error;
        await new Promise<void>((resolve) => platform.after(SEAT_PAUSE_MS, resolve));
      }
    }
  }

  async #publish(run: NonNullable<Stage['work']['run']>): Promise<void> {
    try {
      await run(this.#out!, this.#context);
    } catch (error) {
      // Closed from outside: the pipeline is to finish. Another ring that it uses may be closed too.
      const closed = error instanceof SlipringError && error.code === 'ERR_RING_CLOSED';
      if (!closed || !this.#output!.closed) throw error;
    }
  }

  async #handle(): Promise<void> {
    const { waits } = this.#assignment;
    const onLoop = !this.#parks || this.#stage.work.isAsync;
    const asyncWaits = { ...(waits.timeoutMs !== undefined && { timeoutMs: waits.timeoutMs }) };
    const servings = this.#inputs.map(
      (input) => [input.consumer, onLoop ? this.#asyncHandler(input) : this.#handler(input)] as const,
    );
    const [[consumer, handler]] = servings;
    if (servings.length > 1) {
      if (onLoop) await serveAsync(servings, asyncWaits);
      else serve(servings, waits);
    } else if (onLoop) await consumer.runAsync(handler, asyncWaits);
    else consumer.run(handler, waits);
  }

  #handler({ from, bounded, consumer }: Input): (event: Readable<Fields>, sequence: number) => void {
    const context = this.#context;
    const out = this.#out;
    const each = this.#stage.work.each!;
    return (event, sequence) => {
      context.sequence = sequence;
      context.from = from;
      context.consumer = consumer;
      if (bounded) consumer.releaseUpTo(sequence);
      const result = each(event, out, context);
      if (typeof result === 'object' && result !== null && 'then' in result) this.#refusePromise();
    };
  }

  /** In the pipeline's own thread a handler need not be `async` to return a promise. */
  #asyncHandler({ from, bounded, consumer }: Input): (event: Readable<Fields>, sequence: number) => unknown {
    const context = this.#context;
    const out = this.#out;
    const each = this.#stage.work.each!;
    return (event, sequence) => {
      context.sequence = sequence;
      context.from = from;
      context.consumer = consumer;
      if (bounded) consumer.releaseUpTo(sequence);
      return each(event, out, context);
    };
  }

  #refusePromise(): never {
    throw new PromiseError(
      `The handler of the stage ${quoted(this.#assignment.stage)} returned a promise, and nobody awaits it: make it an async function.`,
    );
  }
}
