/** One trial: makes the rings of a plan, keeps its posts manned while they are killed, ends it, and has the books audited. */
import type { Recovery } from 'slipring';
import { supervise } from 'slipring/node';
import { type Audit, audit } from './audit.js';
import { GONE } from './books.js';
import type { Crew, Hand } from './crew.js';
import { Dice } from './dice.js';
import { evidenceOf } from './evidence.js';
import { type Field, makeFields, seatsLeft } from './field.js';
import type { Plan } from './plan.js';
import { Post } from './post.js';
import { desk, type Orders, type Outcome } from './roles.js';
import { describeStuck, Watch } from './watch.js';

export interface TrialResult {
  readonly plan: Plan;
  readonly faults: readonly string[];
  readonly audits: readonly Audit[];
  readonly kills: number;
  readonly recoveries: number;
  readonly joins: number;
  readonly leaves: number;
}

export class Trial {
  readonly plan: Plan;
  readonly fields: readonly Field[];
  readonly posts: readonly Post[];
  readonly #crew: Crew;
  readonly #dice: Dice;
  readonly #desk: Int32Array;
  readonly #closing: Promise<void>[] = [];
  readonly #stuckMs: number;
  readonly #faults: string[] = [];
  #kills = 0;
  #recoveries = 0;
  #ended = false;
  #aborted = false;

  /**
   * `memory` gives shared memory for the books: what an earlier trial had, if that is large enough. When nothing happens for `stuckMs`, that
   * is a fault.
   */
  constructor(plan: Plan, crew: Crew, memory: (bytes: number) => SharedArrayBuffer, stuckMs: number) {
    this.plan = plan;
    this.#stuckMs = stuckMs;
    this.#crew = crew;
    this.#dice = new Dice(plan.seed);
    this.fields = makeFields(plan, memory);
    this.posts = plan.roles.map((role, number) => new Post(role, number));
    this.#desk = new Int32Array(new SharedArrayBuffer(4 * desk.length * this.posts.length));
  }

  /** Whether somebody could be killed here. */
  get lively(): boolean {
    return !this.#ended && this.posts.some(({ hand }) => hand !== undefined);
  }

  async run(): Promise<TrialResult> {
    const { plan } = this;
    const isHelper = ({ role }: Post): boolean => role.does === 'recover';
    const helping = this.posts.filter(isHelper).map((post) => this.#man(post));
    const manned = this.posts.filter((post) => !isHelper(post)).map((post) => this.#man(post));
    const timer = setTimeout(() => this.#endEarly(), plan.afterMs);
    const watch = new Watch(this.#desk, this.#stuckMs, () => this.#stuck());
    await Promise.all(manned);
    clearTimeout(timer);
    await Promise.all(this.#closing);
    this.#ended = true;
    for (const post of this.posts.filter(isHelper)) this.#dismiss(post);
    await Promise.all(helping);
    watch.end();
    const audits = this.fields.map((field) => audit(evidenceOf(field, this.posts, this.#aborted)));
    this.fields.forEach((field, place) => {
      const names = field.planned.accounts;
      const where = this.fields.length > 1 ? `ring ${place}: ` : '';
      for (const fault of [
        ...audits[place].faults,
        ...field.books.faults.describe(names),
        ...seatsLeft(field),
      ])
        this.#faults.push(where + fault);
    });
    return {
      plan,
      faults: this.#faults,
      audits,
      kills: this.#kills,
      recoveries: this.#recoveries,
      joins: this.fields.reduce(
        (sum, { books }) => sum + books.accounts.reduce((stays, account) => stays + account.stays[0], 0),
        0,
      ),
      leaves: this.posts.reduce(
        (sum, { leaves, gone, deaths }) => sum + leaves + (gone && deaths === 0 ? 1 : 0),
        0,
      ),
    };
  }

  /** Kills one of those at work, if there is any. */
  killOne(): boolean {
    const living = this.posts.filter(({ hand }) => hand !== undefined && !hand.killed);
    if (living.length === 0) return false;
    this.#kill(this.#dice.pick(living).hand!);
    return true;
  }

  /** Asks one of those at work to leave its seat. */
  dismissOne(): void {
    const living = this.posts.filter(({ hand }) => hand !== undefined);
    if (living.length > 0) this.#dismiss(this.#dice.pick(living));
  }

  #dismiss(post: Post): void {
    this.#write(post, desk.leave, 1);
    // Who sleeps on it wakes, and sees that it shall leave.
    Atomics.add(this.#desk, post.number * desk.length + desk.deaths, 1);
    Atomics.notify(this.#desk, post.number * desk.length + desk.deaths);
  }

  #kill(hand: Hand): void {
    this.#kills++;
    hand.kill();
  }

  /** Sees to it that somebody has this role until it is over. */
  async #man(post: Post): Promise<void> {
    while (!post.over && !this.#ended) {
      const hand = await this.#crew.take();
      if (!this.#ended) this.#write(post, desk.leave, 0);
      const supervision = supervise(hand.worker, ...this.fields.map(({ ring }) => ring), {
        onRecovery: () => this.#recoveries++,
      });
      const { threadId } = hand.worker;
      const onExit = (): void => this.#beforeRecovery(post, threadId);
      // Before what was given first: it hears of the exit before the supervisor does.
      hand.worker.prependOnceListener('exit', onExit);
      const played = hand.play(this.#ordersFor(post));
      post.hand = hand;
      const outcome = await played;
      post.hand = undefined;
      if (!hand.killed && hand.worker.threadId >= 0) {
        hand.worker.off('exit', onExit);
        supervision[Symbol.dispose]();
        this.#crew.giveBack(hand);
        this.#conclude(post, outcome);
      } else {
        await hand.exited;
        const recovered = await supervision.done;
        post.deaths++;
        if (outcome.how === 'failed' && hand.killed) this.#bury(post, recovered);
        else this.#conclude(post, outcome);
      }
    }
    this.#endIfThrough();
  }

  #ordersFor(post: Post): Orders {
    return {
      role: post.role,
      scenes: this.fields.map(({ scene }) => scene),
      desk: { words: this.#desk.buffer as SharedArrayBuffer, at: post.number * desk.length },
      seed: this.#dice.seed(),
    };
  }

  /** Somebody has died, and nobody has recovered anything yet. */
  #beforeRecovery(post: Post, threadId: number): void {
    if (this.#leavesDead(post)) this.#note(post, 1);
    for (const helper of this.posts) {
      if (helper.role.does !== 'recover' || helper === post) continue;
      this.#write(helper, desk.dead, threadId);
      Atomics.add(this.#desk, helper.number * desk.length + desk.deaths, 1);
      Atomics.notify(this.#desk, helper.number * desk.length + desk.deaths);
      // Some way into its work, the supervisor does the same. Or it dies there.
      spin(this.#dice.between(0, 200));
      if (helper.hand !== undefined && !helper.hand.killed && this.#dice.chance(0.3)) this.#kill(helper.hand);
    }
  }

  /** Somebody was killed at work, and recovered. */
  #bury(post: Post, recovered: readonly Recovery[]): void {
    if (!this.#leavesDead(post)) return;
    // Who died before it had its seat left nothing to detach.
    if (recovered.some(({ seat }) => seat.kind === 'consumer') || !this.#isMember(post))
      post.over = post.gone = true;
    else this.#note(post, 0);
  }

  #conclude(post: Post, outcome: Outcome): void {
    switch (outcome.how) {
      case 'left':
        post.leaves++;
        return;
      case 'done':
        post.over = true;
        return;
      case 'gone':
        post.over = post.gone = true;
        return;
      case 'failed':
        post.over = true;
        this.#faults.push(`${post.name}: ${outcome.error}`);
        this.#abort('a role of this trial failed');
    }
  }

  /** Whether its consumer is out of the ring for good once it is dead. */
  #leavesDead({ role }: Post): boolean {
    if (role.does !== 'consume' || role.reader.group || role.reader.lossy) return false;
    return this.plan.rings[role.reader.ring].whenDead[role.reader.account] !== 'hold';
  }

  #isMember({ role }: Post): boolean {
    return (
      role.does === 'consume' && this.fields[role.reader.ring].ring.consumerNames.includes(role.reader.name)
    );
  }

  #note(post: Post, gone: number): void {
    for (const { ring, account } of post.accounts)
      Atomics.store(this.fields[ring].books.accounts[account].notes, GONE, gone);
  }

  #write(post: Post, word: number, value: number): void {
    Atomics.store(this.#desk, post.number * desk.length + word, value);
  }

  /** Closes each ring in which nothing more will be published, or that nobody reads any more. */
  #endIfThrough(): void {
    for (const { number, ring, planned } of this.fields) {
      const publishing = this.posts.some(
        ({ role, over }) => role.does === 'produce' && role.ring === number && !over,
      );
      const reading = this.posts.some(
        ({ over, accounts }) => !over && accounts.some((account) => account.ring === number),
      );
      if (!ring.closed && (!publishing || (!reading && planned.whenNobodyListens === 'hold')))
        this.#close(number);
    }
  }

  #endEarly(): void {
    if (this.plan.ends === 'aborted') this.#abort('as planned');
    else for (const { number } of this.fields) this.#close(number);
  }

  /** Closes a ring; now and then by a thread that is killed at it. */
  #close(number: number): void {
    const { ring } = this.fields[number];
    if (this.#kills > 0 && this.#dice.chance(0.3)) this.#closing.push(this.#closeDying(number));
    else ring.close();
  }

  async #closeDying(number: number): Promise<void> {
    const { ring } = this.fields[number];
    const hand = await this.#crew.take();
    const { done } = supervise(hand.worker, ring);
    void hand.play({ ...this.#ordersFor(this.posts[0]), role: { does: 'close', ring: number } });
    // It opens the ring first.
    spin(this.#dice.between(0, 1_000));
    this.#kill(hand);
    await hand.exited;
    await done;
    if (!ring.closed) ring.close();
  }

  #abort(reason: string): void {
    this.#aborted = true;
    for (const { ring } of this.fields) ring.abort(reason);
  }

  /** Nothing has happened for long: says how everybody stands, and ends it. */
  #stuck(): void {
    this.#faults.push(describeStuck(this.posts, this.fields));
    this.#abort('stuck');
    // Whoever is not woken by that is killed, and so is everybody who follows.
    for (const post of this.posts) {
      post.over = true;
      post.hand?.kill();
    }
  }
}

/** Passes so many microseconds without giving up the thread. */
function spin(microseconds: number): void {
  const end = performance.now() + microseconds / 1_000;
  while (performance.now() < end);
}
