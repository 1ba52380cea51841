import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ALL_PORTS, BLOCK_SIZE, type Ports } from './port-blocks.ts';
import { parity, UnusedPorts } from './unused-ports.ts';

const BLOCKS = 40;

/** The same by looking at everything. */
class Plain {
  readonly released = new Map<number, number>();

  oldest(ports: Ports, odd: 0 | 1, refused: number): number | undefined {
    return [...this.released]
      .filter(([port]) => port >= ports.from && port <= ports.to && parity(port) === odd && port % 7 !== refused)
      .sort((a, b) => a[1] - b[1])[0]?.[0];
  }
}

const port = fc.nat(BLOCKS * BLOCK_SIZE - 1);
const range = fc.oneof(
  fc.constant(ALL_PORTS),
  fc.tuple(port, fc.nat(200)).map(([from, length]) => ({ from, to: from + length })),
);
const step = fc.record({ port, range, odd: fc.constantFrom(0 as const, 1 as const), refused: fc.nat(8) });

test('the port unused for longest, whatever the range and who refuses', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 200, maxLength: 600 }), (steps) => {
      const [ports, plain] = [new UnusedPorts(), new Plain()];
      for (let block = 0; block < BLOCKS; block++) ports.addBlock(block, () => true);
      let sequence = 0;
      for (const { port: released, range: within, odd, refused } of steps) {
        if (plain.released.delete(released)) ports.take(released);
        else {
          ports.release(released, ++sequence);
          plain.released.set(released, sequence);
        }
        const found = ports.oldest(within, odd, (one) => one % 7 !== refused);
        assert.equal(found, plain.oldest(within, odd, refused));
      }
    }),
    { numRuns: 60 },
  );
});

test('ports never used come first, and a small range is found behind thousands of others', () => {
  const ports = new UnusedPorts();
  for (let block = 0; block < BLOCKS; block++) ports.addBlock(block, (one) => one % 5 === 0);
  ports.release(0, 1);
  assert.equal(
    ports.oldest(ALL_PORTS, 0, () => true),
    2,
  );
  const last = { from: BLOCKS * BLOCK_SIZE - 10, to: BLOCKS * BLOCK_SIZE - 1 };
  assert.equal(
    ports.oldest(last, 1, () => true),
    2551,
  );
  ports.loseBlock(BLOCKS - 1);
  assert.equal(
    ports.oldest(last, 1, () => true),
    undefined,
  );
});
