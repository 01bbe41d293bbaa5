/** What needs worker threads as Node, Bun and Deno have them. */
export { structuredCloneCodec } from './structured-clone.js';
