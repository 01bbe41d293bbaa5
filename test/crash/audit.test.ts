import { describe, expect, it } from 'vitest';
import { type Audit, audit, type AuditedAccount, type Evidence } from './audit.js';
import { Books, fate } from './books.js';
import { markOf } from './marks.js';

/** Books of two producers, six numbers each, and of consumers a, b … */
function booksOf(accounts: number): Books {
  const shape = { logs: 2, quota: 6, accounts };
  return new Books(new SharedArrayBuffer(Books.bytes(shape)), 0, shape);
}

/** Writes down that number `number` of a log was published as this sequence, or whatever else became of it. */
function wrote(books: Books, log: number, number: number, said: number): void {
  books.logs[log][number] = said;
  books.attempted[log] = Math.max(books.attempted[log], number + 1);
}

const publishedAs = (sequence: number): number => sequence + 1;

function saw(books: Books, account: number, sequence: number, log: number, number: number, times = 1): void {
  books.accounts[account].seen[sequence] = markOf(log, number);
  books.accounts[account].times[sequence] = times;
}

interface Case {
  readonly accounts?: readonly Partial<AuditedAccount>[];
  readonly evidence?: Partial<Evidence>;
  /** What is wrong, or other, about the flawless run: three events of producer 0, three of producer 1, each seen by all. */
  readonly but?: (books: Books) => void;
}

function audited({ accounts = [{}, {}], evidence = {}, but = () => {} }: Case): Audit {
  const books = booksOf(accounts.length);
  for (let number = 0; number < 3; number++) {
    for (const log of [0, 1]) {
      const sequence = 2 * number + log;
      wrote(books, log, number, publishedAs(sequence));
      accounts.forEach((_, account) => saw(books, account, sequence, log, number));
    }
  }
  but(books);
  return audit({
    books,
    accounts: accounts.map((account, place) => ({
      name: 'abc'[place],
      coverage: 'all',
      restarts: 0,
      lossy: false,
      lettingGo: 0,
      ...account,
    })),
    capacity: 2,
    published: 6,
    severalProducers: true,
    drained: true,
    discards: false,
    producerDeaths: 0,
    dropped: 0,
    evicted: 0,
    ...evidence,
  });
}

const faultsOf = (made: Case): readonly string[] => audited(made).faults;

describe('an audit is content', () => {
  it('when everybody saw what was published', () => {
    const { faults, published, delivered, redelivered } = audited({});
    expect(faults).toEqual([]);
    expect({ published, delivered, redelivered }).toEqual({ published: 6, delivered: 12, redelivered: 0 });
  });

  it('with what came again after a restart, and counts it', () => {
    const { faults, redelivered } = audited({
      accounts: [{ restarts: 1 }],
      but: (books) => saw(books, 0, 3, 1, 1, 2),
    });
    expect(faults).toEqual([]);
    expect(redelivered).toBe(1);
  });

  it.each([
    ['published, if everybody saw it', true, 1, 0],
    ['not published, if nobody saw it', false, 0, 1],
  ])(
    'with an event in the hand of a producer that died: %s',
    (_, isSeen, doubtfulPublished, doubtfulLost) => {
      const found = audited({
        evidence: { published: 7 },
        but: (books) => {
          wrote(books, 0, 3, -1);
          if (isSeen) for (const account of [0, 1]) saw(books, account, 6, 0, 3);
        },
      });
      expect(found.faults).toEqual([]);
      expect(found).toMatchObject({ doubtfulPublished, doubtfulLost });
    },
  );

  it('with sequences that were given up', () => {
    const made = { evidence: { published: 7 }, but: (books: Books) => wrote(books, 0, 3, fate.givenUp) };
    expect(faultsOf(made)).toEqual([]);
  });

  it('with what a consumer missed after it left, and before and after a stay', () => {
    const cut = (from: number, to: number) => (books: Books) => {
      books.accounts[1].seen.fill(0, from, to);
      books.accounts[1].stays.set([1, 2, 4]);
    };
    expect(faultsOf({ accounts: [{}, { coverage: 'prefix' }], but: cut(4, 6) })).toEqual([]);
    expect(faultsOf({ accounts: [{}, { coverage: 'stays' }], but: cut(4, 6) })).toEqual([]);
  });

  it('with as many drops as the ring counts', () => {
    const dropped = (books: Books): void => wrote(books, 0, 3, fate.dropped);
    expect(audited({ evidence: { dropped: 1 }, but: dropped })).toMatchObject({ faults: [], dropped: 1 });
    const missed = (books: Books): void => void books.accounts[1].seen.fill(0, 2, 4);
    const accounts = [{}, { coverage: 'any', lossy: true }] as const;
    expect(faultsOf({ evidence: { evicted: 2, discards: true } })).toEqual([]);
    expect(audited({ accounts, evidence: { evicted: 2 }, but: missed })).toMatchObject({
      faults: [],
      evicted: 2,
    });
  });
});

describe('an audit finds', () => {
  it('an event that one consumer lost', () => {
    const lost = (books: Books): void => void (books.accounts[1].seen[3] = 0);
    expect(faultsOf({ but: lost })).toEqual(['b: event 3, number 1 of log 1, was lost']);
  });

  it('an event that all consumers lost', () => {
    const lost = (books: Books): void => books.accounts.forEach(({ seen }) => (seen[5] = 0));
    expect(faultsOf({ but: lost })).toHaveLength(2);
  });

  it('an event lost before one left, and within a stay', () => {
    const lost = (books: Books): void => {
      books.accounts[1].seen[3] = 0;
      books.accounts[1].stays.set([1, 2, 4]);
    };
    for (const coverage of ['prefix', 'stays'] as const)
      expect(faultsOf({ accounts: [{}, { coverage }], but: lost })).toEqual([
        'b: event 3, number 1 of log 1, was lost',
      ]);
  });

  it('an event that came again without a restart, or more often than restarts explain', () => {
    const twice = (books: Books): void => [1, 2, 3].forEach((at) => void books.accounts[0].times[at]++);
    expect(faultsOf({ but: twice })).toEqual(['a: 3 deliveries were repeated; 0 restarts explain 0 of them']);
    expect(faultsOf({ accounts: [{ restarts: 1 }], but: twice })).toEqual([
      'a: 3 deliveries were repeated; 1 restarts explain 2 of them',
    ]);
    expect(faultsOf({ accounts: [{ restarts: 2 }], but: twice })).toEqual([]);
  });

  it('one event under two sequences', () => {
    const copied = (books: Books): void => saw(books, 0, 4, 1, 1);
    expect(faultsOf({ but: copied })).toContain(
      'a: event 4 is number 1 of log 1, and number 2 of log 0 was published there',
    );
    const published = (books: Books): void => wrote(books, 0, 3, publishedAs(4));
    expect(faultsOf({ but: published })).toContain(
      'number 2 of log 0 and number 3 of log 0 were both published as 4',
    );
    const doubtful = (books: Books): void => {
      wrote(books, 0, 3, -1);
      saw(books, 0, 6, 0, 3);
      saw(books, 0, 7, 0, 3);
    };
    expect(faultsOf({ accounts: [{}], evidence: { published: 8 }, but: doubtful })).toContain(
      'a: number 3 of log 0 is event 6 and event 7',
    );
  });

  it('two consumers who saw different events', () => {
    const other = (books: Books): void => {
      wrote(books, 0, 3, -1);
      wrote(books, 1, 3, -1);
      saw(books, 0, 6, 0, 3);
      saw(books, 1, 6, 1, 3);
    };
    expect(faultsOf({ evidence: { published: 7 }, but: other })[0]).toBe(
      'b: event 6 is number 3 of log 1, and number 3 of log 0 was published there',
    );
  });

  it('an event in dying hands that one consumer saw and another did not', () => {
    const half = (books: Books): void => {
      wrote(books, 0, 3, -1);
      saw(books, 0, 6, 0, 3);
    };
    expect(faultsOf({ evidence: { published: 7 }, but: half })).toEqual([
      'b: event 6, number 3 of log 0, was lost',
    ]);
  });

  it('a claim of which a part was published, or that fell to pieces', () => {
    const claim =
      (...seen: number[]) =>
      (books: Books) => {
        wrote(books, 0, 3, -2);
        wrote(books, 0, 4, -1);
        seen.forEach((sequence, i) => saw(books, 0, sequence, 0, 3 + i));
      };
    const made = (...seen: number[]): Case => ({
      accounts: [{}],
      evidence: { published: 9 },
      but: claim(...seen),
    });
    expect(faultsOf(made(6))).toContain('number 3 of log 0: of a claim of 2, 1 events were published');
    expect(faultsOf(made(6, 8))).toContain('number 3 of log 0: of a claim of 2, 2 events were published');
    expect(faultsOf({ ...made(6, 7), evidence: { published: 8 } })).toEqual([]);
  });

  it.each([
    [fate.dropped, 'dropped'],
    [fate.givenUp, 'given up'],
  ])('an event that was seen and should not have been: %d, %s', (said, name) => {
    const seen = (books: Books): void => {
      wrote(books, 0, 3, said);
      saw(books, 0, 6, 0, 3);
    };
    expect(
      faultsOf({
        accounts: [{}],
        evidence: { published: 7, dropped: name === 'dropped' ? 1 : 0 },
        but: seen,
      }),
    ).toContain(`a: event 6 is number 3 of log 0, which was ${name}`);
  });

  it('an event that nobody tried to publish, and one that was published elsewhere', () => {
    const invented = (books: Books): void => saw(books, 0, 6, 0, 4);
    expect(faultsOf({ evidence: { published: 7 }, but: invented })).toContain(
      'a: event 6 is number 4 of log 0, which nobody tried to publish',
    );
    const moved = (books: Books): void => saw(books, 0, 6, 0, 2);
    expect(faultsOf({ evidence: { published: 7 }, but: moved })).toContain(
      'a: event 6 is number 2 of log 0, which was published as 4',
    );
  });

  it('an event beyond the cursor', () => {
    expect(faultsOf({ evidence: { published: 5 } })).toContain(
      'number 2 of log 1 was published as 5, and the cursor is at 5',
    );
    expect(faultsOf({ but: (books) => saw(books, 0, 8, 0, 4) })).toContain(
      'a: event 8 is beyond the cursor, 6',
    );
  });

  it('a producer whose events changed their order', () => {
    const swapped = (books: Books): void => {
      wrote(books, 0, 1, publishedAs(4));
      wrote(books, 0, 2, publishedAs(2));
      saw(books, 0, 4, 0, 1);
      saw(books, 0, 2, 0, 2);
    };
    expect(faultsOf({ accounts: [{}], but: swapped })).toEqual([
      'number 1 of log 0 was published after number 2 of the same producer',
    ]);
  });

  it('a sequence without an event that nobody gave up', () => {
    expect(faultsOf({ evidence: { published: 7 } })).toEqual([
      '1 sequences below the cursor have no event, and only 0 of them were given up',
    ]);
    const alone = {
      evidence: { published: 7, severalProducers: false },
      but: (books: Books) => wrote(books, 0, 3, fate.givenUp),
    };
    expect(faultsOf(alone)).toHaveLength(1);
  });

  it('drops that the ring and the producers count differently', () => {
    expect(faultsOf({ evidence: { dropped: 1 } })).toEqual([
      'the ring counts 1 dropped events, the producers 0, with 0 in doubt',
    ]);
    expect(faultsOf({ but: (books) => wrote(books, 0, 3, fate.dropped) })).toEqual([
      'the ring counts 0 dropped events, the producers 1, with 0 in doubt',
    ]);
  });

  it('evictions that nobody misses, events missed that nobody evicted, and evictions without a lossy consumer', () => {
    const accounts = [{}, { coverage: 'any', lossy: true }] as const;
    const missed = (books: Books): void => void books.accounts[1].seen.fill(0, 2, 4);
    expect(faultsOf({ accounts, but: missed })).toEqual([
      'lossy consumers miss 2 events, and 0 were evicted',
    ]);
    const lettingGo = [{}, { coverage: 'any', lossy: true, lettingGo: 1 }] as const;
    expect(faultsOf({ accounts: lettingGo, but: missed })).toEqual([]);
    expect(faultsOf({ accounts, evidence: { evicted: 3 }, but: missed })).toEqual([
      '3 events were evicted, and lossy consumers miss 2',
    ]);
    expect(faultsOf({ evidence: { evicted: 1 } })).toEqual([
      'the ring counts 1 evicted events, and no consumer is lossy',
    ]);
  });
});
