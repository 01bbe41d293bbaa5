/** A file whose default export is something else. */
export default { slipring: 'ring' };
