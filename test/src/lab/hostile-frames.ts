/** A small deterministic generator (xorshift32), so that a failing run can be repeated by its seed. */
export function random(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/**
 * Frames a guest should never send: `base` cut short, with flipped bits, with lying length fields,
 * and pure noise behind every EtherType the product parses.
 */
export function hostileFrames(bases: readonly Uint8Array[], count: number, seed: number): Uint8Array[] {
  const next = random(seed);
  const types = [0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x88cc, 0x0000, 0x05ff, 0xffff];
  return Array.from({ length: count }, (_, i) => {
    const base = bases[next(bases.length)];
    if (base === undefined || i % 4 === 3) return noise(next, types[next(types.length)] ?? 0);
    const frame = base.slice(0, i % 4 === 0 ? 14 + next(Math.max(1, base.length - 14)) : base.length);
    for (let flips = 1 + next(8); flips > 0; flips--) {
      // MACs stay, so that the frame gets past the switch and into the parsers behind it.
      const at = 12 + next(frame.length - 12);
      frame[at] = (frame[at] ?? 0) ^ (1 << next(8));
    }
    return frame;
  });
}

function noise(next: (below: number) => number, etherType: number): Uint8Array {
  const frame = Uint8Array.from({ length: 14 + next(200) }, () => next(256));
  frame[6] = (frame[6] ?? 0) & 0xfe;
  frame[12] = etherType >>> 8;
  frame[13] = etherType & 0xff;
  return frame;
}
