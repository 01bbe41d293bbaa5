/** The same verified events from one worker to another: through the ring, through the textbook's lock-based buffers, through postMessage. */
import {
  lockContender,
  postMessageContender,
  postMessageRoundTrip,
  ringContender,
  roundTripContender,
} from '../contenders.js';
import { type Contender, measure, type Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, figure, times } from './findings.js';

export const headline: Experiment = {
  name: 'headline',
  title: 'The ring beside two lock-based buffers and postMessage',
  drawing: `
producer ──▶ ring | buffer | port ──▶ consumer     events of three columns: count, order and checksum
caller   ◀══▶ two rings | a port  ◀══▶ echo        round trips: every answer is verified`,
  expected:
    'One event at a time the ring should carry about ten times what a lock-based buffer does and fifty times what postMessage ' +
    'does: it makes about one atomic operation an event, where a lock makes four and more, and a message is copied, queued and dispatched.',
  weight: 1.5,
  run,
  tell,
};

async function run({ quick, progress }: Effort): Promise<Result[]> {
  const scale = quick ? 0.5 : 2;
  const runs = quick ? 3 : 7;
  const throughput: Contender[] = [
    ringContender('unicast', 1, 3_000_000 * scale),
    lockContender('lock-condition', 300_000 * scale),
    lockContender('lock-semaphore', 300_000 * scale),
    postMessageContender('unicast', 1, 60_000 * scale),
    ringContender('unicast-batch-100', 100, 8_000_000 * scale),
    ringContender('unicast-batch-1000', 1_000, 8_000_000 * scale),
    postMessageContender('unicast-batch-1000', 1_000, 150_000 * scale),
  ];
  const roundTrips: Contender[] = [
    roundTripContender('round-trip-spin', 'spin', 20_000 * scale),
    roundTripContender('round-trip-park', 'park', 5_000 * scale),
    postMessageRoundTrip('round-trip-park', 3_000 * scale),
  ];
  // A spinning thread takes a core: the two parts never run at the same time.
  const results = await measure(throughput, runs, progress);
  const trips = await measure(roundTrips, runs, progress);
  // postMessage has no spinning form: its round trip stands under both.
  const posted = trips.find(({ system }) => system === 'post-message')!;
  results.push(trips[0], { ...posted, experiment: 'round-trip-spin' }, trips[1], posted);

  return results;
}

function tell(results: readonly Result[]): Told {
  const find = (experiment: string, system: string): Result =>
    results.find((result) => result.experiment === experiment && result.system === system)!;
  const [lock] = [find('unicast', 'lock-condition'), find('unicast', 'lock-semaphore')].sort(
    (a, b) => b.median - a.median,
  );
  const posted = find('unicast', 'post-message');
  const [one, hundred] = [find('unicast', 'slipring'), find('unicast-batch-100', 'slipring')];
  const [there, asleep] = [find('round-trip-spin', 'slipring'), find('round-trip-park', 'slipring')];
  const postedTrip = find('round-trip-park', 'post-message');
  const ratio = (a: Result, b: Result): string => `${times(a, b)}×`;
  const ahead = better(one, lock) && better(one, posted);
  return {
    seen:
      `One event at a time, the ring carries ${figure(one)}: ${ratio(one, lock)} what the better lock-based buffer does (${figure(lock)}) and ` +
      `${ratio(one, posted)} what postMessage does (${figure(posted)}). In claims of 100 it carries ${figure(hundred)}, ${ratio(hundred, lock)} the buffer. ` +
      `A question and its answer take ${figure(there)} while both threads look out for them, ${figure(asleep)} when both are asleep, and ${figure(postedTrip)} by postMessage.`,
    means: ahead
      ? 'Two threads that hand over many small things spend most of their time on the handing over, and how that is done decides how much gets done. The experiments ' +
        'below take the ring apart and show where that time goes.'
      : 'Here the ring was not ahead of both. The experiments below take it apart and show which of its decisions did not pay on this machine.',
  };
}
