/** A stage whose handler returns a promise without being `async`; and, for `async`, one that is. */
import { stage } from 'slipring/pipeline';
import { Item } from './stage-events.js';

export default stage(Item, Item, ({ id }, out) =>
  out.publishAsync((item) => {
    item.id = id;
  }),
);
