/** What the page says whatever was measured: the argument, and the words that it uses. */

export const title = 'Threads that do not wait for each other';

/** What the project claims, in the first lines. */
export const claimed =
  'slipring hands events from thread to thread through memory that they share, without locks. It claims to carry ten times what a queue with locks carries, and fifty times what `postMessage` does, ' +
  'without keeping a core busy while there is nothing to do. This is what came of it here:';

/** The argument, in three paragraphs. */
export const opening: readonly string[] = [
  'A processor core is fast as long as it is left alone. Memory is far away from it, so it keeps copies of what it uses close by, in pieces of 64 bytes called cache lines. When two cores write to the same piece, ' +
    'it has to travel between them, and each trip takes as long as a hundred additions. When a thread has to wait for another it is put to sleep, and waking it takes as long as ten thousand.',
  'The usual queue between threads does all of this for every single item: it takes a lock that both sides want, changes a count that both sides write, and wakes whoever sleeps. `postMessage` copies the item as ' +
    'well, and leaves it to the event loop of the other side. A ring does without. Events lie side by side in memory that was laid out once. Each side has one number that it alone writes, on a cache line of its own, and says with it how far it has come. ' +
    'Nobody takes turns, nobody asks for permission, nothing is thrown away afterwards. Whoever falls behind finds more to do at once, and catches up.',
  'That is the argument, and this page puts it to the test on one machine, claim by claim: what was expected, what was seen, and what it means, also where the ring is not the faster one. Every event that was sent was checked when it came: number, order, contents. ' +
    'Systems that are compared took turns in one run. Figures are medians of all rounds, with the least and the most beside them; absolute figures belong to this machine, ratios travel better.',
];

export const words: readonly (readonly [string, string])[] = [
  ['core', 'The part of a processor that runs one thread at a time.'],
  ['thread', 'Code that runs beside other code. In JavaScript: a worker.'],
  ['event', 'What is handed over: here a record of three numbers, unless a section says otherwise.'],
  ['cache line', 'The piece of memory, 64 bytes, that a core fetches and keeps as a whole.'],
  ['lock', 'A promise among threads that only one at a time goes on; the others wait.'],
  ['spin', 'To wait by looking again and again. Quick to notice, but it keeps a core busy.'],
  [
    'park',
    'To wait asleep until somebody wakes you. Costs nothing while it lasts, and some microseconds to end.',
  ],
  ['batch, claim', 'Several events that are handed over as one.'],
  [
    'producer, consumer',
    'The thread that publishes events, and the one that handles them: P and C in the drawings.',
  ],
  ['slot', 'The place of one event in a ring. A ring has a fixed number, and uses them round and round.'],
  ['median', 'The middle one of all rounds, when they are sorted: half were less, half more.'],
  ['p50, p99, p99.9', 'How long the slowest half, hundredth, thousandth of all events took at least.'],
  ['ns, µs, ms', 'A billionth, a millionth, a thousandth of a second.'],
];
