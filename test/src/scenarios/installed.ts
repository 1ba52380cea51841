import assert from 'node:assert/strict';
import type { Agent } from '@midonet/agent';
import type { DpPort } from '@midonet/flow';
import { printActions, printKey, type Outcome } from '@midonet/flow';
import { simulate } from '@midonet/simulation';
import type { Random } from '@midonet/simulation/testing';
import { freshOutcome } from '../agent/fresh-outcome.ts';
import { noting } from './met.ts';

/** What a look at the flows of an agent found. */
export type Looked = { forwarding: number; dropping: number };

/**
 * Every installed flow must do what a simulation made now would have it do: forward alike, or drop what
 * is dropped. Flows of the tunnel name a port and are looked at by the packets that they deliver.
 */
export function flowsAreFresh(agent: Agent, looked: Looked, history: () => string): void {
  for (const flow of agent.datapath.dump()) {
    const text = (): string => `${printKey(flow.key, flow.mask)}: ${printActions(flow.actions)}\n${history()}`;
    if (!agent.flows.table.has(flow.id)) assert.fail(`a flow without record: ${text()}`);
    // brand: the first word of a key is the datapath port it came in by
    const inPort = agent.ports.at(flow.key[0] as DpPort);
    if (inPort === undefined) continue;
    const outcome = freshOutcome(agent, flow, inPort);
    const [installed, fresh] = [printActions(flow.actions), freshActions(agent, outcome)];
    // The text is long, and seldom needed.
    if (installed !== fresh) assert.equal(installed, fresh, text());
    if (flow.actions.length === 0) looked.dropping++;
    else looked.forwarding++;
  }
}

function freshActions(agent: Agent, outcome: Outcome): string {
  const { kind } = outcome.verdict;
  if (kind === 'blocked' || kind === 'consume') return JSON.stringify(outcome.verdict);
  return printActions(agent.processor.actionsOf(outcome));
}

/** The objects that packets of some flow meet. */
export function metBySome(agents: readonly Agent[], random: Random): Set<string> {
  const met = new Set<string>();
  const agent = agents[Math.floor(random() * agents.length)];
  const flows = agent?.datapath.dump() ?? [];
  const flow = flows[Math.floor(random() * flows.length)];
  // brand: the first word of a key is the datapath port it came in by
  const portId = flow && agent?.ports.at(flow.key[0] as DpPort)?.portId;
  if (flow === undefined || agent === undefined || portId === undefined) return met;
  const { knowledge, connections } = agent;
  const ingress = { key: flow.key, frame: new Uint8Array(60), direction: 'in', portId } as const;
  const topology = noting(knowledge.devices, met);
  simulate(ingress, { topology, state: knowledge, connections, now: 0, explain: false });
  return met;
}
