/** A stage that is asynchronous. */
import { stage } from 'slipring/pipeline';
import { Item } from './stage-events.js';

const fill = (item: { id: number }, id: number): void => {
  item.id = id;
};

export default stage(Item, Item, async ({ id }, out) => {
  await Promise.resolve();
  await out.publishAsync(fill, id);
});
