/** Lets a while go by without touching shared memory: the model checker sees nothing of it. */
export function linger(turns: number): number {
  let sum = 0;
  for (let turn = 0; turn < turns; turn++) sum = (sum + turn) | 0;
  return sum;
}
