/** Where the fields of an event lie: each in an array of its own, or all side by side. */
import type { LabLayoutData } from '../../workers/lab-layout.js';
import type { Result } from '../harness.js';
import type { Effort, Experiment, Told } from './experiment.js';
import { better, comparedWith, figure, find, honest } from './findings.js';
import { byHand } from './rings.js';
import { measureInTurn, type Variant } from './turns.js';

const name = 'columns-or-rows';
const oneField = `${name}/one-field`;
/** Bytes of an event. */
const EVENT_BYTES = 24;

export const columnsOrRows: Experiment = {
  name,
  title: 'Columns against rows: where the fields of an event lie',
  drawing: `
rows       [price time id qty][price time id qty][price time id qty]…      event by event
columns    [price][price][price]…                                          field by field, each a typed array
           [time ][time ][time ]…
           [id][id][id]…  [qty][qty][qty]…`,
  expected:
    'In claims columns should be faster: plain loops over plain typed arrays. One event at a time rows may win, since an event is in one or two lines instead of four. ' +
    'A consumer that reads one field of four should gain most from columns: the other three never travel.',
  varied: 'events a claim',
  run,
  tell,
};

async function run(effort: Effort): Promise<Result[]> {
  return measureInTurn(
    [
      ...[1, 100].flatMap((at) => layouts.map((layout) => ringOf(name, layout, at, 'all'))),
      ...layouts.map((layout) => ringOf(oneField, layout, 100, 'price')),
    ],
    effort,
  );
}

const layouts = ['columns', 'rows'] as const;

function tell(results: readonly Result[]): Told {
  const [single, hundred, field] = [
    { experiment: name, at: 1 },
    { experiment: name, at: 100 },
    { experiment: oneField, at: 100 },
  ].map((where) => layouts.map((layout) => find(results, layout, where)));
  const [ahead, behind] = [better(hundred[0], hundred[1]), better(hundred[1], hundred[0])];
  return {
    seen:
      `In claims of 100, columns are ${comparedWith(hundred[0], hundred[1])} rows (${figure(hundred[0])} against ${figure(hundred[1])}), one event at a time ` +
      `${comparedWith(single[0], single[1])} them (${figure(single[0])} against ${figure(single[1])}), and for a consumer that reads one field of four ` +
      `${comparedWith(field[0], field[1])} them (${figure(field[0])} against ${figure(field[1])}).` +
      honest(ahead, 'So this run does not show columns ahead in claims.'),
    means: ahead
      ? 'If you add up a column of a table, it helps when the numbers stand below each other on one sheet, and not each on the record card of its own. ' +
        'If you need the whole card, it makes less of a difference.'
      : (behind
          ? 'An event in a row is in one place, and only that place has to travel from core to core; one in columns is in four, and here it is probably the trips that decide. The shipped ring fetches the places ahead of time, which these ' +
            'two by hand do not. '
          : 'Here it makes no difference whether the fields of an event stand side by side or each in a list of its own. ') +
        'It has columns all the same: each is a plain typed array, whatever the types of the others, and needs no object to read it through.',
  };
}

function ringOf(
  experiment: string,
  layout: LabLayoutData['layout'],
  batch: number,
  reads: LabLayoutData['reads'],
): Variant {
  return {
    experiment,
    system: layout,
    at: batch,
    unit: 'events/s',
    file: 'lab-layout',
    multiple: batch,
    threads: () => {
      const data = { ring: byHand({}, EVENT_BYTES), layout, batch, reads };
      return [
        { role: 'producer', ...data },
        { role: 'consumer', ...data },
      ];
    },
  };
}
