import { type EventType, event, f64, type Producer, text, u32 } from 'slipring';
import {
  pipeline,
  type PipelineProgress,
  type RunningPipeline,
  sink,
  source,
  type Stage,
  stage,
  type StageContext,
  type StageFile,
  stageFile,
} from 'slipring/pipeline';
import { describe, expectTypeOf, it } from 'vitest';
import type count from '../../workers/stage-count.js';
import type * as nothing from '../../workers/stage-nothing.js';

const Item = event({ id: u32 });
const Wider = event({ id: u32, name: text() });
const Other = event({ price: f64 });
type FieldsOf<E> = E extends EventType<infer F> ? F : never;
type ItemFields = FieldsOf<typeof Item>;
declare const url: URL;

const items = source(Item, () => {});
const pass = stage(Item, Item, () => {});
const end = sink(Item, () => {});

describe('a stage', () => {
  it('knows what it takes and publishes', () => {
    expectTypeOf(items).toEqualTypeOf<Stage<null, ItemFields>>();
    expectTypeOf(pass).toEqualTypeOf<Stage<ItemFields, ItemFields>>();
    expectTypeOf(end).toEqualTypeOf<Stage<ItemFields, null>>();
    stage(Item, Other, (item, out, context) => {
      expectTypeOf(item.id).toEqualTypeOf<number>();
      expectTypeOf(out).toEqualTypeOf<Producer<FieldsOf<typeof Other>>>();
      expectTypeOf(context).toEqualTypeOf<StageContext>();
      // @ts-expect-error no such field
      void item.price;
    });
    sink(Wider, { each: ({ name }) => void name.length, end: ({ stage }) => void stage.length });
    // @ts-expect-error a sink does not publish
    sink(Item, (item, context, out) => void out);
  });
});

describe('the file of a stage', () => {
  it('has the type of what it exports', () => {
    expectTypeOf(stageFile<{ default: typeof pass }>(url)).toEqualTypeOf<StageFile<ItemFields, ItemFields>>();
    expectTypeOf(stageFile<{ default: typeof count }>(url)).toEqualTypeOf<StageFile<null, ItemFields>>();
    expectTypeOf(stageFile<typeof count>(url)).toEqualTypeOf<StageFile<null, ItemFields>>();
    // @ts-expect-error no stage
    stageFile<{ default: number }>(url);
    // @ts-expect-error no default export
    stageFile<typeof nothing>(url);
  });
});

describe('a pipeline', () => {
  const file = stageFile<{ default: typeof pass }>(url);

  it('takes stages that fit, and files of which nothing is known', async () => {
    const lines = pipeline({
      items: { run: items, capacity: 4 },
      pass: { run: file, from: 'items', output: Item, threads: 2 },
      plain: { run: url, from: ['items', 'pass'], output: Other },
      any: { run: stageFile(url), from: { plain: { lossy: true } } },
      end: { run: end, from: ['pass', 'items'] },
    });
    const run = await lines.start();
    expectTypeOf(run).toEqualTypeOf<RunningPipeline<'items' | 'pass' | 'plain' | 'any' | 'end'>>();
    expectTypeOf(run.snapshot()).toEqualTypeOf<
      PipelineProgress<'items' | 'pass' | 'plain' | 'any' | 'end'>
    >();
    // @ts-expect-error no such stage
    void run.snapshot().stages.ends;
  });

  it('takes no stage of other events than it is given', () => {
    const others = { run: source(Other, () => {}) };
    // @ts-expect-error it takes other events
    pipeline({ others, end: { run: end, from: 'others' } });
    // @ts-expect-error the file's stage takes other events
    pipeline({ others, pass: { run: file, from: 'others', output: Item }, end: { run: end, from: 'pass' } });
    // @ts-expect-error one of two gives other events
    pipeline({ others, items: { run: items }, end: { run: end, from: ['items', 'others'] } });
    // @ts-expect-error one of two gives other events
    pipeline({ others, items: { run: items }, end: { run: end, from: { items: {}, others: {} } } });
  });

  it('takes none of more fields, and none of fewer', () => {
    // @ts-expect-error it is given more fields than it takes
    pipeline({ wider: { run: source(Wider, () => {}) }, end: { run: end, from: 'wider' } });
    // @ts-expect-error it is given fewer
    pipeline({ items: { run: items }, end: { run: sink(Wider, () => {}), from: 'items' } });
  });

  it('takes no stage that publishes other events than it declares', () => {
    // @ts-expect-error it publishes others
    pipeline({ items: { run: items, output: Other }, end: { run: sink(Other, () => {}), from: 'items' } });
    // @ts-expect-error it publishes some
    pipeline({ items: { run: items }, pass: { run: file, from: 'items' } });
  });

  it('takes no stage from one that there is not, or that publishes nothing', () => {
    // @ts-expect-error no such stage
    pipeline({ items: { run: items }, end: { run: end, from: 'itms' } });
    const both = { items: { run: items }, end: { run: end, from: 'items' } } as const;
    // @ts-expect-error it publishes nothing
    pipeline({ ...both, more: { run: url, from: 'end' } });
    // @ts-expect-error one of two publishes nothing
    pipeline({ ...both, more: { run: url, from: ['items', 'end'] } });
    // @ts-expect-error one of two publishes nothing
    pipeline({ ...both, more: { run: url, from: { items: {}, end: {} } } });
    // @ts-expect-error no such stage
    pipeline({ items: { run: items }, end: { run: url, from: 'itms' } });
    // @ts-expect-error no such stage
    pipeline({ items: { run: items }, end: { run: url, from: ['itms'] } });
    // @ts-expect-error a source takes nothing
    pipeline({ items: { run: items, from: 'pass' }, pass: { run: file, from: 'items', output: Item } });
    // @ts-expect-error a stage takes something
    pipeline({ end: { run: end } });
  });

  it('takes no option that there is not', () => {
    // @ts-expect-error no such policy
    pipeline({ items: { run: items, whenFull: 'strict' }, end: { run: end, from: 'items' } });
    // @ts-expect-error no such option
    pipeline({ items: { run: items, thread: 1 }, end: { run: end, from: 'items' } });
    // @ts-expect-error no such option of an arc
    pipeline({ items: { run: items }, end: { run: end, from: { items: { drop: true } } } });
  });
});
