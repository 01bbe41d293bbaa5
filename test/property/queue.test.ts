/** A queue in one thread does what a plain array would. */
import fc from 'fast-check';
import { createQueue } from 'slipring/queue';
import { expect, it } from 'vitest';

const call = fc.oneof(
  fc.record({ call: fc.constant('put' as const), many: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ call: fc.constant('get' as const), many: fc.integer({ min: 1, max: 5 }) }),
  fc.record({ call: fc.constant('done' as const), many: fc.constant(1) }),
);

it.each(['structured-clone', 'json', 'number'] as const)(
  'first in, first out, bounded, counted: %s',
  (values) => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 8),
        fc.array(call, { maxLength: 40 }),
        fc.boolean(),
        (capacity, calls, immediate) => {
          const queue = createQueue<number>({ capacity, maxThreads: 2, values });
          const model: number[] = [];
          let [next, open] = [0, 0];
          for (const { call, many } of calls) {
            if (call === 'put') {
              const given = Array.from({ length: many }, () => next++);
              const fits = given.slice(0, capacity - model.length);
              expect(queue.tryPutMany(given)).toBe(fits.length);
              model.push(...fits);
            } else if (call === 'get') {
              const taken = model.splice(0, many);
              expect(queue.tryGetMany(many)).toEqual(taken);
              open += taken.length;
            } else if (open > 0) {
              queue.taskDone();
              open--;
            } else expect(() => queue.taskDone()).toThrow(expect.objectContaining({ code: 'ERR_TASK_DONE' }));
            expect([queue.size, queue.openTasks]).toEqual([model.length, open]);
          }
          queue.close({ immediate });
          expect([...queue]).toEqual(immediate ? [] : model);
        },
      ),
      { numRuns: 60 },
    );
  },
);
