import type { Agent } from '@midonet/agent';
import type { FlowDump } from '@midonet/datapath';
import type { Outcome } from '@midonet/flow';

type LocalPort = NonNullable<ReturnType<Agent['ports']['at']>>;

/** What a simulation made now says of packets like those of an installed flow, which come in by `inPort`. */
export function freshOutcome(agent: Agent, flow: FlowDump, inPort: LocalPort): Outcome {
  return agent.processor.simulate(
    {
      direction: 'in',
      portId: inPort.portId,
      inPort: inPort.dpPort,
      key: flow.key,
      frame: new Uint8Array(60),
      fullLength: 60,
      gsoSize: 0,
      depth: 0,
    },
    false,
  );
}
