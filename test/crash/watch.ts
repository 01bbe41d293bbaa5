/** Notices when nothing happens any more in a trial. */
import type { Post } from './post.js';
import { desk } from './roles.js';
import type { Field } from './field.js';

export class Watch {
  readonly #timer: NodeJS.Timeout;
  #done = -1;
  #sinceMs = performance.now();

  /** Calls `stuck` once, when nobody at these desks does anything for so long. */
  constructor(desks: Int32Array, ms: number, stuck: () => void) {
    this.#timer = setInterval(() => {
      let done = 0;
      for (let at = desk.progress; at < desks.length; at += desk.length)
        done = (done + Atomics.load(desks, at)) | 0;
      if (done !== this.#done) {
        this.#done = done;
        this.#sinceMs = performance.now();
      } else if (performance.now() - this.#sinceMs > ms) {
        this.end();
        stuck();
      }
    }, ms / 20);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** How everybody stood when nothing happened any more. */
export function describeStuck(posts: readonly Post[], fields: readonly Field[]): string {
  const threads = posts.map(({ name, over, hand }) => {
    const there = hand === undefined ? 'nobody there' : hand.killed ? 'being killed' : 'at work';
    return `${name}: ${over ? 'over' : there}`;
  });
  const rings = fields.map(({ ring }) => `${JSON.stringify(ring.snapshot())} ${String(ring.diagnose())}`);
  return `stuck: ${threads.join(', ')}; ${rings.join('; ')}`;
}
