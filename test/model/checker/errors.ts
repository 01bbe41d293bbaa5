/** What is thrown that is no finding about the code under check. */

class Unwind extends Error {
  override readonly name = 'Unwind';
  override readonly message = 'the checker leaves this thread here; code under check must let this pass';
}

/** Thrown to leave a thread's function. One object, made beforehand: no stack trace is taken. */
export const UNWIND: Error = new Unwind();

/** A mistake in a program under check, or in the checker: not a finding about the code. */
export class CheckerError extends Error {
  override readonly name = 'CheckerError';
}

/** Thrown when a thread that is run again does something else than before. */
export class NotDeterministic extends CheckerError {}

/** Thrown when 64-bit atomics turn up in a search that tells words apart by 32-bit granules. */
export class WideAtomics extends CheckerError {}
