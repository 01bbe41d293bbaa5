/** `tsx test/model/checker/speed.ts`: schedules a second, one line a program and strategy. */

import type { StrategyName } from './index.js';
import { check, formatResult } from './index.js';
import { spsc } from './programs/spsc.js';

const programs = [
  spsc('2 events, capacity 2', { events: 2, capacity: 2 }),
  spsc('2 events, capacity 1', { events: 2, capacity: 1 }),
  spsc('3 events, capacity 1', { events: 3, capacity: 1 }),
  spsc('3 events, capacity 2', { events: 3, capacity: 2 }),
];
const strategies: StrategyName[] = ['dfs', 'dpor', 'bounded', 'pct'];

for (const program of programs) {
  for (const strategy of strategies) {
    console.log(formatResult(check(program, { strategy, maxMs: 5_000, maxSchedules: 100_000 })));
  }
}
