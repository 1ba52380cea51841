import { emptyKey, extractKey, type Outcome } from '@midonet/flow';
import { simulate, type Ingress } from '@midonet/simulation';
import type { PortId } from '@midonet/topology';
import { outcomeLines } from './outcome-text.ts';
import type { VirtualNetwork } from './virtual-network.ts';

/** A packet at a port, and how its way ends. */
export type Step = {
  readonly title: string;
  /** Name of the port it comes in by, or leaves a device through with `direction: 'out'`. */
  readonly port: string;
  readonly direction?: 'in' | 'out';
  readonly frame: Uint8Array;
  readonly segmentLength?: number;
  /** What went before, in this order: the connections that it opened are known. */
  readonly after?: readonly Omit<Step, 'title' | 'expect' | 'after'>[];
  /** As `outcomeLines` prints it. */
  readonly expect: readonly string[];
};

/** A network and packets through it. Steps are independent: each has its own network. */
export type Scenario = {
  readonly name: string;
  readonly network: () => VirtualNetwork;
  readonly steps: readonly Step[];
};

/** The ingress of a composed frame at a named port; malformed frames fail the test that made them. */
export function ingressOf(
  network: VirtualNetwork,
  step: Omit<Step, 'title' | 'expect'>,
): Ingress & { readonly direction: 'in' | 'out' } {
  const key = emptyKey();
  const extraction = extractKey(step.frame, step.frame.length, 1, 0, key);
  if (extraction !== 'ok') throw new Error(`the frame for ${step.port} is ${extraction}`);
  return {
    key,
    frame: step.frame,
    direction: step.direction ?? 'in',
    portId: network.idOf(step.port) as PortId,
    ...(step.segmentLength === undefined ? undefined : { segmentLength: step.segmentLength }),
  };
}

export function runStep(network: VirtualNetwork, step: Omit<Step, 'title' | 'expect'>, explain = false): Outcome {
  for (const before of step.after ?? []) network.connections.take(runStep(network, before));
  const { topology, state } = network;
  return simulate(ingressOf(network, step), { topology, state, connections: network.connections, now: 0, explain });
}

/** The outcome of a step as lines, to compare with `expect`. */
export function stepLines(network: VirtualNetwork, step: Omit<Step, 'title' | 'expect'>): string[] {
  return outcomeLines(runStep(network, step), (id) => network.nameOf(id));
}
