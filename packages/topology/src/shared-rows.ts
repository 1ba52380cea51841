import type { IpAddress, Mac } from '@midonet/packet';
import type { BridgeId, HostId, LoadBalancerId, PoolId, PoolMemberId, PortId, RouterId, RuleId } from './ids.ts';
import type { TraceRequestId } from './ids.ts';

/**
 * Rows of the shared tables: state that agents write in batches and that dies with the writer's
 * lease. They are never topology objects, so liveness and learning do not rewrite configuration.
 */
export type HostInterface = {
  readonly name: string;
  readonly mac?: Mac | undefined;
  readonly mtu: number;
  readonly up: boolean;
  readonly hasLink: boolean;
  readonly type: 'physical' | 'virtual' | 'tunnel' | 'unknown';
  readonly endpoint: 'datapath' | 'physical' | 'vm' | 'tunnel' | 'localhost' | 'unknown';
  readonly addresses: readonly IpAddress[];
};

export type HostDrop = {
  /** A word of the drop reasons. */
  readonly reason: string;
  /** The port it came in by: an id, or a word for what is no virtual port. */
  readonly port: string;
  /** The object that decided. */
  readonly byKind: string;
  readonly byId: string;
  readonly packets: number;
};

/** Packets that a rule applied to. */
export type RuleHit = { readonly ruleId: RuleId; readonly packets: number; readonly bytes: number };

/** Packets that rules of a meter applied to: each once, however many of them did. */
export type MeterCount = {
  readonly tenantId: string;
  readonly name: string;
  readonly packets: number;
  readonly bytes: number;
};

/** A copy of a traced packet on its way to an exterior port. `identity` tells it where it arrives. */
export type SentCopy = { readonly portId: PortId; readonly identity: string };

export type SharedRow =
  /** Key: bridge, vlan (0 untagged), mac. */
  | {
      readonly kind: 'learnedMac';
      readonly bridgeId: BridgeId;
      readonly vlan: number;
      readonly mac: Mac;
      readonly portId: PortId;
    }
  /** Key: router, port, ip. */
  | {
      readonly kind: 'neighbour';
      readonly routerId: RouterId;
      readonly portId: PortId;
      readonly ip: IpAddress;
      readonly mac: Mac;
    }
  /**
   * Key: port. Present while the port's interface is up on `hostId`; `tunnelKey` names it there. `mtu`: bytes
   * of IP packet that the interface and the machine at it take; absent: as many as come.
   */
  | {
      readonly kind: 'portActive';
      readonly portId: PortId;
      readonly hostId: HostId;
      readonly tunnelKey: number;
      readonly mtu?: number | undefined;
    }
  /** Key: host. Present while the agent lives. */
  | {
      readonly kind: 'hostAlive';
      readonly hostId: HostId;
      readonly interfaces: readonly HostInterface[];
    }
  /** Key: pool, member. What the health monitor of the pool found, as `hostId` sees the member. */
  | {
      readonly kind: 'memberHealth';
      readonly poolId: PoolId;
      readonly memberId: PoolMemberId;
      readonly status: 'up' | 'down';
      readonly hostId: HostId;
    }
  /**
   * Key: load balancer. The one host that asks its members whether they answer; what they answer goes
   * to `tunnelKey` there. A controller writes it only where no other host's stands.
   */
  | {
      readonly kind: 'healthChecker';
      readonly balancerId: LoadBalancerId;
      readonly hostId: HostId;
      readonly tunnelKey: number;
    }
  /** Key: host. What the agent dropped since it started; the greatest counts when there are many. */
  | { readonly kind: 'hostDrops'; readonly hostId: HostId; readonly drops: readonly HostDrop[] }
  /** Key: host. What rules applied to on it since the agent started; the busiest when there are many. */
  | {
      readonly kind: 'hostRuleHits';
      readonly hostId: HostId;
      readonly hits: readonly RuleHit[];
      readonly meters?: readonly MeterCount[] | undefined;
    }
  /** Key: trace request, host, slot. A packet that a host traced; a later one takes the slot. */
  | {
      readonly kind: 'tracedPacket';
      readonly requestId: TraceRequestId;
      readonly hostId: HostId;
      readonly slot: number;
      /** Milliseconds since 1970, by the clock of this host. */
      readonly at: number;
      /** Whether it is as the condition says, or an answer to such. */
      readonly way: 'forward' | 'return';
      /** Packets of a connection have the same, both ways. */
      readonly flow: string;
      /** By which it came into the topology; of a frame that a device made: by which it left that. */
      readonly portId: PortId;
      readonly packet: string;
      readonly verdict: 'forward' | 'consume' | 'drop' | 'blocked';
      /** A word of the reasons, or what it waits for. */
      readonly reason: string;
      readonly sent: readonly SentCopy[];
      /** The steps, as JSON. */
      readonly steps: string;
      /** Steps that were left out, as there were too many. */
      readonly cut: number;
    }
  /** Key: host, slot. A traced packet came out of a tunnel and left by a port of this host. */
  | {
      readonly kind: 'traceArrival';
      readonly hostId: HostId;
      readonly slot: number;
      readonly at: number;
      readonly portId: PortId;
      readonly identity: string;
      readonly packet: string;
    };

/** What a host wrote down of a traced packet, and of one that came to it. */
export type TracedPacket = Extract<SharedRow, { readonly kind: 'tracedPacket' }>;
export type TraceArrival = Extract<SharedRow, { readonly kind: 'traceArrival' }>;

/** Which host asks the members of a load balancer. */
export type HealthChecker = Extract<SharedRow, { readonly kind: 'healthChecker' }>;

export type SharedRowKind = SharedRow['kind'];
