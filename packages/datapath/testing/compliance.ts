import { describe, test } from 'node:test';
import type { HarnessMaker } from './harness.ts';
import { executeSuite } from './suite/execute.ts';
import { guardSuite } from './suite/guards.ts';
import { hostileSuite } from './suite/hostile.ts';
import { lifetimeSuite } from './suite/lifetimes.ts';
import { limitSuite } from './suite/limits.ts';
import { matchSuite } from './suite/matching.ts';
import { outputSuite } from './suite/outputs.ts';
import { portSuite } from './suite/ports.ts';
import { rewriteSuite } from './suite/rewrites.ts';
import { tunnelSuite } from './suite/tunnels.ts';
import { upcallSuite } from './suite/upcalls.ts';

const PARTS = {
  rewrites: rewriteSuite,
  outputs: outputSuite,
  matching: matchSuite,
  guards: guardSuite,
  tunnels: tunnelSuite,
  upcalls: upcallSuite,
  execute: executeSuite,
  lifetimes: lifetimeSuite,
  ports: portSuite,
  limits: limitSuite,
  hostile: hostileSuite,
} as const;

/**
 * Registers every test a datapath driver must pass: one meaning of a flow, whoever runs it. `parts`
 * chooses some, for a second way of setting up a driver that passed all of them.
 */
export function complianceSuite(name: string, maker: HarnessMaker, parts?: readonly (keyof typeof PARTS)[]): void {
  const reason = maker.unavailable();
  if (reason !== undefined) {
    test(`datapath compliance: ${name}`, { skip: reason }, () => undefined);
    return;
  }
  describe(`datapath compliance: ${name}`, () => {
    for (const [part, register] of Object.entries(PARTS)) {
      if (parts === undefined || parts.some((one) => one === part)) register(maker);
    }
  });
}
