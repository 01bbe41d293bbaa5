/** The events of the pipelines that tests run. */
import { event, text, u32 } from 'slipring';

export const Item = event({ id: u32 });
export const Named = event({ id: u32, thread: u32, name: text() });
