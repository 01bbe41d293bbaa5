/** Texts that benchmarks send: all of one length, each with its number at both ends. */
let filler = '';

export function textOf(n: number, length: number): string {
  const number = String(n).padStart(10, '0');
  if (filler.length !== length - 20) filler = 'x'.repeat(length - 20);
  return number + filler + number;
}
