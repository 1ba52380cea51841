import assert from 'node:assert/strict';
import type { Agent } from '@midonet/agent';
import type { DpPort } from '@midonet/flow';
import { printActions, printKey, type Outcome } from '@midonet/flow';
import { freshOutcome } from '../agent/fresh-outcome.ts';

/** What a look at the flows of an agent found. */
export type Looked = { forwarding: number; dropping: number };

/**
 * Every installed flow must do what a simulation made now would have it do: forward alike, or drop what
 * is dropped. Flows of the tunnel name a port and are looked at by the packets that they deliver.
 */
export function flowsAreFresh(agent: Agent, looked: Looked, history: () => string): void {
  for (const flow of agent.datapath.dump()) {
    const text = (): string => `${printKey(flow.key, flow.mask)}: ${printActions(flow.actions)}\n${history()}`;
    assert.ok(agent.flows.table.get(flow.id) !== undefined, `a flow without record: ${text()}`);
    // brand: the first word of a key is the datapath port it came in by
    const inPort = agent.ports.at(flow.key[0] as DpPort);
    if (inPort === undefined) continue;
    const outcome = freshOutcome(agent, flow, inPort);
    assert.equal(printActions(flow.actions), freshActions(agent, outcome), text());
    if (flow.actions.length === 0) looked.dropping++;
    else looked.forwarding++;
  }
}

function freshActions(agent: Agent, outcome: Outcome): string {
  const { kind } = outcome.verdict;
  if (kind === 'blocked' || kind === 'consume') return JSON.stringify(outcome.verdict);
  return printActions(agent.processor.actionsOf(outcome));
}
