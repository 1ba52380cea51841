import type { DpPort, FlowKey } from '@midonet/flow';
import type { PortId } from '@midonet/topology';

/** A packet in the agent's hands: an upcall (borrowed bytes), or one that waited or was made here. */
export type Packet = {
  /** 'routed': a router made it, see the simulation's ingress. */
  readonly direction: 'in' | 'out' | 'routed';
  readonly portId: PortId;
  /** 0 for packets that were made here. */
  readonly inPort: DpPort;
  readonly key: FlowKey;
  readonly frame: Uint8Array;
  readonly fullLength: number;
  readonly gsoSize: number;
  /** It had a flow, which gave it up to us (TTL, MTU): given to the flow table again, it would come back for ever. */
  readonly givenUp?: boolean;
  /** How many packets made of packets led to this one. */
  readonly depth: number;
};

/** A copy that outlives the handler's call. */
export function ownedCopy(packet: Packet): Packet {
  const key = packet.key.slice() as FlowKey;
  return { ...packet, key, frame: packet.frame.slice() };
}
