/**
 * A small mutation fuzzer: takes frames of a corpus, damages them and hands them to a target, which
 * fails by throwing. Deterministic for a seed; the clock is the caller's.
 */
export type FuzzTarget = (frame: Uint8Array) => void;

export type FuzzFinding = { readonly frame: Uint8Array; readonly error: unknown };
export type FuzzResult = { readonly runs: number; readonly findings: readonly FuzzFinding[] };

export type FuzzOptions = {
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
  /** Asked before every RUNS_BETWEEN_CHECKS frames; true ends the run. */
  readonly stop: () => boolean;
};

/** Findings beyond this end the run: one bug is enough to look at. */
const MAX_FINDINGS = 20;
export const RUNS_BETWEEN_CHECKS = 256;

/** Values that sit on the edges of lengths, offsets and counts. */
const EDGES = [0, 1, 2, 4, 5, 6, 7, 8, 15, 16, 0x3f, 0x40, 0x45, 0x4f, 0x60, 0x7f, 0x80, 0xfe, 0xff];

export function fuzz(target: FuzzTarget, { corpus, seed, stop }: FuzzOptions): FuzzResult {
  const random = randomOf(seed);
  const findings: FuzzFinding[] = [];
  let runs = 0;
  while (findings.length < MAX_FINDINGS && (runs % RUNS_BETWEEN_CHECKS !== 0 || !stop())) {
    const frame = mutate(corpus, random);
    runs++;
    try {
      target(frame);
    } catch (error) {
      findings.push({ frame, error });
    }
  }
  return { runs, findings };
}

type Random = (below: number) => number;

/** xorshift32: small, seeded, good enough to pick bytes. */
function randomOf(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return below === 0 ? 0 : (state >>> 0) % below;
  };
}

function mutate(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  let frame: Uint8Array = (corpus[random(corpus.length)] ?? new Uint8Array(0)).slice();
  for (let changes = 1 + random(6); changes > 0; changes--) frame = mutateOnce(frame, corpus, random);
  return frame;
}

function mutateOnce(frame: Uint8Array, corpus: readonly Uint8Array[], random: Random): Uint8Array {
  // Most headers lie in front: half of the changes go there.
  const at = random(random(2) === 0 ? Math.min(frame.length, 64) : frame.length);
  switch (random(7)) {
    case 0:
      return frame.slice(0, at);
    case 1:
      frame[at] = EDGES[random(EDGES.length)] ?? 0;
      return frame;
    case 2:
      frame[at] = (frame[at] ?? 0) ^ (1 << random(8));
      return frame;
    case 3:
      frame[at] = random(256);
      return frame;
    case 4:
      return joined(frame.slice(0, at), frame.slice(at + 1 + random(8)));
    case 5:
      return joined(frame.slice(0, at), frame.slice(random(frame.length)));
    default: {
      const other = corpus[random(corpus.length)] ?? frame;
      return joined(frame.slice(0, at), other.slice(Math.min(at, other.length)));
    }
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.min(head.length + tail.length, 2048));
  out.set(head.subarray(0, out.length));
  out.set(tail.subarray(0, out.length - Math.min(head.length, out.length)), Math.min(head.length, out.length));
  return out;
}
