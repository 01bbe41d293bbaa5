/** Puts together what there is to audit about one ring of a trial that is through. */
import type { AuditedAccount, Coverage, Evidence } from './audit.js';
import { REPEATS } from './books.js';
import type { Post } from './post.js';
import type { Field } from './field.js';

export function evidenceOf(field: Field, posts: readonly Post[], aborted: boolean): Evidence {
  const { planned, ring, books } = field;
  const snapshot = ring.snapshot();
  const producers = posts.filter(({ role }) => role.does === 'produce' && role.ring === field.number);
  const accounts = planned.accounts.map((name, account): AuditedAccount => {
    const readers = posts.filter((post) =>
      post.accounts.some((one) => one.ring === field.number && one.account === account),
    );
    const consumer = account < planned.consumers.length ? planned.consumers[account] : undefined;
    const repeats = Atomics.load(books.accounts[account].notes, REPEATS);
    return {
      name,
      coverage: coverageOf(consumer, readers, aborted),
      restarts: repeats + sum(readers.map(({ deaths, leaves }) => deaths + leaves)),
      lossy: consumer?.lossy === true,
      lettingGo: planned.whenDead[account] === 'hold' ? 0 : sum(readers.map(({ deaths }) => deaths)),
    };
  });
  return {
    books,
    accounts,
    capacity: planned.capacity,
    published: snapshot.published - planned.firstSequence,
    severalProducers: planned.producers > 1,
    drained: !aborted,
    producerDeaths: sum(producers.map(({ deaths }) => deaths)),
    discards: planned.whenNobodyListens === 'discard' && posts.some(({ gone }) => gone),
    dropped: sum(snapshot.producers.map(({ dropped }) => dropped)),
    evicted: sum(snapshot.producers.map(({ evicted }) => evicted)),
  };
}

function coverageOf(
  consumer: { readonly workers: number; readonly lossy: boolean } | undefined,
  readers: readonly Post[],
  aborted: boolean,
): Coverage {
  if (consumer === undefined) return 'stays';
  if (consumer.lossy) return 'any';
  if (aborted) return consumer.workers > 0 ? 'any' : 'prefix';
  return readers.some(({ gone }) => gone) ? 'prefix' : 'all';
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
