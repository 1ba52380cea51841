import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { ingressOf, SCENARIOS, type Scenario, type Step } from '@midonet/simulation/testing';
import { sameSent } from './compare.ts';
import { Oracle, type Entering } from './oracle.ts';
import { Scene, type Layout } from './scene.ts';
import type { Wires } from './wires.ts';

/** Registers every scenario with every layout on `wires`: what comes out is what the simulator says. */
export function scenarioTable(wires: () => Wires): void {
  for (const scenario of SCENARIOS) {
    for (const layout of ['one host', 'two hosts'] as const) {
      test(`${scenario.name} (${layout})`, async (context: TestContext) => {
        for (const step of scenario.steps) {
          if (step.segmentLength === undefined)
            await context.test(step.title, () => runStep(wires(), scenario, step, layout));
        }
      });
    }
  }
}

/** The same packet twice: the first goes through the agent, the second through the flow it left. */
async function runStep(wires: Wires, scenario: Scenario, step: Step, layout: Layout): Promise<void> {
  const network = scenario.network();
  const { portId, direction, frame } = ingressOf(network, step);
  const packet: Entering = { portId, direction, frame };
  const scene = await Scene.open(network, wires, layout);
  const oracle = new Oracle(network, scene.hostIds, (port) => scene.hostOf(port));
  try {
    for (const before of step.after ?? []) {
      const ingress = ingressOf(network, before);
      const earlier: Entering = { portId: ingress.portId, direction: ingress.direction, frame: ingress.frame };
      const { sent } = oracle.enter(earlier, scene.hostOf(ingress.portId));
      sameSent(network, await scene.enter(earlier), sent, () => `a packet before it\n${scene.describe()}`);
    }
    const first = oracle.enter(packet, scene.hostOf(portId));
    sameSent(network, await scene.enter(packet), first.sent, () => `the first packet\n${scene.describe()}`);
    const before = scene.upcalls;
    const second = oracle.enter(packet, scene.hostOf(portId));
    sameSent(network, await scene.enter(packet), second.sent, () => `the second packet\n${scene.describe()}`);
    if (second.installed && first.installed)
      assert.equal(scene.upcalls - before, 0, `the second packet met an agent\n${scene.describe()}`);
    if (second.traced) assert.ok(scene.upcalls > before, `the second packet was not traced\n${scene.describe()}`);
  } finally {
    await scene.close();
  }
}
