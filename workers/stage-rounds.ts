/** A stage of a cycle: lets each number go round until it has come to 0, or makes many of one, as it is told. */
import { stage } from 'slipring/pipeline';
import { Item } from './stage-events.js';

const fill = (item: { id: number }, id: number): void => {
  item.id = id;
};

export default stage(Item, Item, ({ id }, out, { data }) => {
  const copies = (data as number | undefined) ?? 1;
  if (id > 0) for (let copy = 0; copy < copies; copy++) out.publish(fill, copies > 1 ? id : id - 1);
});
