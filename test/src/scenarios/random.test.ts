import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelTestsImpossible } from '@midonet/datapath/testing/ebpf';
import { differential, type Tally } from './differential.ts';
import { ebpfWires } from './ebpf-wires.ts';
import { memoryWires } from './memory-wires.ts';
import type { Wires } from './wires.ts';

/**
 * `SECONDS=600 SEED=7 node --test …` runs longer, and from a seed of choice; the standing run starts where
 * a flooding packet-out was once sent twice.
 */
const SECONDS = Number(process.env['SECONDS'] ?? 10);
const FIRST_SEED = Number(process.env['SEED'] ?? 473_687_398);

const impossible = kernelTestsImpossible();

test('random networks: simulator and memory datapath agree', async (context) => {
  await agree([memoryWires()], SECONDS / 3, (line) => context.diagnostic(line));
});

test(
  'random networks: simulator, memory datapath and eBPF datapath agree',
  { skip: impossible ?? false },
  async (context) => {
    const kernel = await ebpfWires();
    try {
      await agree([memoryWires(), kernel], SECONDS, (line) => context.diagnostic(line));
    } finally {
      await kernel.close();
    }
  },
);

async function agree(wires: readonly Wires[], seconds: number, say: (line: string) => void): Promise<void> {
  const tally: Tally = { packets: 0, delivered: 0, flows: 0 };
  const end = performance.now() + seconds * 1000;
  let seed = FIRST_SEED;
  do {
    await differential(seed, seed % 2 === 0 ? 'one host' : 'two hosts', wires, tally);
    seed++;
  } while (performance.now() < end);
  say(`seeds ${FIRST_SEED} to ${seed - 1}: ${JSON.stringify(tally)}`);
  assert.ok(tally.delivered > 0 && tally.flows > 0, `nothing was tested: ${JSON.stringify(tally)}`);
}
