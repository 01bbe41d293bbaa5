import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  advance,
  CLOSED,
  closeWord,
  distance,
  EPOCH_POSITIONS,
  MAX_CAPACITY,
  PARKED,
  positionInEpoch,
  positionNear,
  unpark,
  wake,
  wordOf,
} from '../../src/core/sequence.js';
import { atomsOf } from '../../src/core/atoms.js';
import { wraps } from './support.js';

const word = (value: number): Int32Array => {
  const words = new Int32Array(new SharedArrayBuffer(4));
  words[0] = value;
  return words;
};

/** Lets these happen just before the first exchange, the second, and so on. */
function beforeExchanges(...events: (() => unknown)[]): void {
  const real = Atomics.compareExchange.bind(Atomics) as (...args: unknown[]) => unknown;
  vi.spyOn(Atomics, 'compareExchange').mockImplementation(((...args: unknown[]) => {
    events.shift()?.();
    return real(...args);
  }) as never);
}

afterEach(() => vi.restoreAllMocks());

describe.each([0, ...wraps])('around position %i', (position) => {
  it('distances are exact up to the largest capacity, in both directions', () => {
    for (const apart of [0, 1, 2, 5, 1000, MAX_CAPACITY]) {
      expect(distance(position + apart, position)).toBe(apart);
      expect(distance(position, position + apart)).toBe(apart === 0 ? 0 : -apart);
      expect(distance(wordOf(position + apart) >> 2, position)).toBe(apart);
      expect(distance(wordOf(position + apart) >> 2, wordOf(position) >> 2)).toBe(apart);
    }
  });

  it('a word gives back the position that lies nearest to a recent count', () => {
    for (const apart of [-1000, -1, 0, 1, 1000]) {
      for (const flags of [0, PARKED, CLOSED, PARKED | CLOSED]) {
        expect(positionNear(wordOf(position) | flags, position + apart)).toBe(position);
      }
    }
  });

  it('a word gives back its position to whoever knows the epoch, also before the epoch was moved on', () => {
    const epoch = Math.floor(position / EPOCH_POSITIONS);
    expect(positionInEpoch(wordOf(position), epoch)).toBe(position);
    expect(positionInEpoch(wordOf(position + 10), epoch)).toBe(position + 10);
    expect(positionInEpoch(wordOf(position), epoch + 1)).toBe(position);
  });

  it('its owner moves a word across', () => {
    const words = word(wordOf(position));
    for (let step = 0; step < 8; step++) {
      expect(advance(atomsOf(words), 0, wordOf(position + step), wordOf(position + step + 1))).toBe(true);
      expect(positionNear(words[0], position)).toBe(position + step + 1);
    }
  });
});

describe('advance', () => {
  it('notifies nobody when nobody is parked', () => {
    const notify = vi.spyOn(Atomics, 'notify');
    expect(advance(atomsOf(word(wordOf(7))), 0, wordOf(7), wordOf(8))).toBe(true);
    expect(notify).not.toHaveBeenCalled();
  });

  it('clears the parked bit and notifies all who sleep, never one', () => {
    const notify = vi.spyOn(Atomics, 'notify');
    const words = word(wordOf(7) | PARKED);
    expect(advance(atomsOf(words), 0, wordOf(7), wordOf(9))).toBe(true);
    expect(words[0]).toBe(wordOf(9));
    expect(notify.mock.calls).toEqual([[words, 0]]);
  });

  it.each([
    ['closed', wordOf(7) | CLOSED],
    ['closed while somebody sleeps', wordOf(7) | CLOSED | PARKED],
    ['not where its owner left it', wordOf(8)],
    ['not where its owner left it, and somebody sleeps', wordOf(8) | PARKED],
  ])('refuses a word that is %s, and changes nothing', (_, value) => {
    const notify = vi.spyOn(Atomics, 'notify');
    const words = word(value);
    expect(advance(atomsOf(words), 0, wordOf(7), wordOf(8))).toBe(false);
    expect(words[0]).toBe(value);
    expect(notify).not.toHaveBeenCalled();
  });

  it('succeeds when somebody parks between its two looks', () => {
    const words = word(wordOf(7));
    beforeExchanges(() => (words[0] = wordOf(7) | PARKED));
    const notify = vi.spyOn(Atomics, 'notify');
    expect(advance(atomsOf(words), 0, wordOf(7), wordOf(8))).toBe(true);
    expect(words[0]).toBe(wordOf(8));
    expect(notify).toHaveBeenCalledOnce();
  });

  it('is refused when the word is closed between its two looks', () => {
    const words = word(wordOf(7) | PARKED);
    beforeExchanges(
      () => {},
      () => (words[0] = wordOf(7) | CLOSED),
    );
    expect(advance(atomsOf(words), 0, wordOf(7), wordOf(8))).toBe(false);
    expect(words[0]).toBe(wordOf(7) | CLOSED);
  });
});

describe('wake', () => {
  it.each([wordOf(5), wordOf(5) | CLOSED])(
    'leaves a word alone on which nobody seems to sleep, and notifies all the same: the one who cleared its bit may have died',
    (value) => {
      const notify = vi.spyOn(Atomics, 'notify');
      const words = word(value);
      wake(words, 0);
      expect(words[0]).toBe(value);
      expect(notify.mock.calls).toEqual([[words, 0]]);
    },
  );

  it.each([wordOf(-1), wordOf(5) | CLOSED])('clears the parked bit alone, and notifies all', (value) => {
    const notify = vi.spyOn(Atomics, 'notify');
    const words = word(value | PARKED);
    wake(words, 0);
    expect(words[0]).toBe(value);
    expect(notify.mock.calls).toEqual([[words, 0]]);
  });
});

describe('unpark', () => {
  it.each([
    ['has lost its bit', wordOf(5)],
    ['was moved, and got the bit of another', wordOf(6) | PARKED],
    ['was closed', wordOf(5) | CLOSED],
  ])('leaves a word alone that %s, and notifies nobody', (_, value) => {
    const notify = vi.spyOn(Atomics, 'notify');
    const words = word(value);
    unpark(words, 0, wordOf(5) | PARKED);
    expect(words[0]).toBe(value);
    expect(notify).not.toHaveBeenCalled();
  });

  it('takes the parked bit back, and notifies all who relied on it', () => {
    const notify = vi.spyOn(Atomics, 'notify');
    const words = word(wordOf(5) | PARKED);
    unpark(words, 0, wordOf(5) | PARKED);
    expect(words[0]).toBe(wordOf(5));
    expect(notify.mock.calls).toEqual([[words, 0]]);
  });
});

describe('closeWord', () => {
  it('sets the closed bit and keeps the position; each call notifies, for a closer that died before its own notify', () => {
    const notify = vi.spyOn(Atomics, 'notify');
    const words = word(wordOf(2 ** 29 - 1));
    closeWord(words, 0);
    closeWord(words, 0);
    expect(words[0]).toBe(wordOf(2 ** 29 - 1) | CLOSED);
    expect(notify.mock.calls).toEqual([
      [words, 0],
      [words, 0],
    ]);
  });

  it.each([0, CLOSED])(
    'clears the parked bit and notifies all who sleep, also when it was closed before',
    (flags) => {
      const notify = vi.spyOn(Atomics, 'notify');
      const words = word(wordOf(5) | PARKED | flags);
      closeWord(words, 0);
      expect(words[0]).toBe(wordOf(5) | CLOSED);
      expect(notify.mock.calls).toEqual([[words, 0]]);
    },
  );
});
