/** Text where the runtime refuses to encode into, or decode from, shared memory, as browsers do. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const refusing = {
  TextEncoder: class extends TextEncoder {
    override encodeInto(text: string, bytes: Uint8Array): { read: number; written: number } {
      if (bytes.buffer instanceof SharedArrayBuffer) throw new TypeError('must not be shared');
      return super.encodeInto(text, bytes);
    }
  },
  TextDecoder: class extends TextDecoder {
    override decode(bytes?: Uint8Array): string {
      if (bytes?.buffer instanceof SharedArrayBuffer) throw new TypeError('must not be shared');
      return super.decode(bytes);
    }
  },
};

const texts = ['', 'a', 'é', '€uro', '𝄞', 'x'.repeat(50), '\uFEFFwith a mark', '\0'];

describe.each([
  ['takes', {}],
  ['refuses', refusing],
])('where the runtime %s shared memory', (_what, globals) => {
  beforeEach(() => {
    vi.resetModules();
    for (const [name, stub] of Object.entries(globals)) vi.stubGlobal(name, stub);
  });
  afterEach(() => vi.unstubAllGlobals());

  it.each(texts)('%j is read as it was written', async (text) => {
    const { decodeText, encodeText } = await import('../../src/payload/text.js');
    const { length } = new TextEncoder().encode(text);
    const bytes = new Uint8Array(new SharedArrayBuffer(200), 7, 160);
    expect(encodeText(text, bytes)).toBe(length);
    expect(decodeText(bytes.subarray(0, length))).toBe(text);
  });

  it.each(texts.slice(1))('%j is not cut where it does not fit: its length is told', async (text) => {
    const { encodeText } = await import('../../src/payload/text.js');
    const { length } = new TextEncoder().encode(text);
    const memory = new SharedArrayBuffer(200);
    expect(encodeText(text, new Uint8Array(memory, 0, length - 1))).toBe(length);
    expect(new Uint8Array(memory).subarray(length - 1).every((byte) => byte === 0)).toBe(true);
  });

  it('a lone surrogate becomes U+FFFD', async () => {
    const { decodeText, encodeText } = await import('../../src/payload/text.js');
    const bytes = new Uint8Array(new SharedArrayBuffer(30));
    expect(decodeText(bytes.subarray(0, encodeText('a\uD800b', bytes)))).toBe('a\uFFFDb');
  });
});
