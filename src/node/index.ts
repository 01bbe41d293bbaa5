/** What needs worker threads as Node, Bun and Deno have them. */
export {
  supervise,
  type SupervisableWorker,
  type Supervision,
  type SupervisionOptions,
} from './supervise.js';
export { structuredCloneCodec } from './structured-clone.js';
