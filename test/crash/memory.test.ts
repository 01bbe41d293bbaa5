import { describe, expect, it } from 'vitest';
import { Memory } from './memory.js';

const MB = 2 ** 20;

function after(samples: number, bytesAt: (part: number) => number): Memory {
  const memory = new Memory();
  for (let i = 0; i < samples; i++) memory.look(bytesAt(i / samples));
  return memory;
}

describe('memory', () => {
  it('that stays as it is after a while is flat, however it began, and whatever single looks say', () => {
    const { growth, leaks } = after(100, (part) => (part < 0.2 ? 500 * part : 100) * MB);
    expect({ growth, leaks }).toEqual({ growth: 0, leaks: false });
    expect(after(100, (part) => (part === 0.99 ? 900 : 100) * MB).leaks).toBe(false);
  });

  it('that grows all the time leaks', () => {
    const { growth, leaks } = after(200, (part) => (100 + 200 * part) * MB);
    expect(growth).toBe(100 * MB);
    expect(leaks).toBe(true);
  });

  it('that grows a little does not', () => {
    expect(after(200, (part) => (100 + 40 * part) * MB).leaks).toBe(false);
    expect(after(200, (part) => (1_000 + 100 * part) * MB).leaks).toBe(false);
  });

  it('is not judged by a few looks', () => {
    expect(after(50, (part) => 1_000 * part * MB)).toMatchObject({ growth: undefined, leaks: false });
  });
});
