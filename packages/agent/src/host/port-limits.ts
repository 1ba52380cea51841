import type { Topic } from '@midonet/contract';
import type { Datapath, PortLimits, RateLimit } from '@midonet/datapath';
import type { DpPort } from '@midonet/flow';
import { directionsOf, type PortId, type QosBandwidthRule, type QosPolicyDevice } from '@midonet/topology';
import type { Knowledge } from '../view/knowledge.ts';
import { topicKey } from '../watch/subscriptions.ts';
import type { LocalPorts } from './local-ports.ts';

export type PortLimitModules = {
  readonly datapath: () => Datapath;
  readonly knowledge: Knowledge;
  readonly ports: LocalPorts;
  /** Follows a topic, or notes that it is still of use. */
  readonly want: (topic: Topic) => void;
};

/**
 * TCP answers a loss with a pause of up to 200 ms (Linux's least retransmission time-out) when a whole
 * window went at once; a bucket that holds a little more loses nothing of the rate meanwhile.
 */
const DEFAULT_BURST_SECONDS = 0.25;
/** One train of segments, as hosts send them. */
const LEAST_DEFAULT_BURST = 65_536;

const NONE: PortLimits = {};

/**
 * Brings the limits of this host's ports in line with their QoS policies. A port's own policy goes
 * before its bridge's. Until a policy is known, the port keeps what it has: after a restart that is
 * what the datapath kept.
 */
export class PortLimiter {
  readonly #modules: PortLimitModules;
  readonly #applied = new Map<DpPort, string>();
  /** Local ports that packets have met: of these the bridge is followed, so an idle port costs no bridge. */
  readonly #met = new Set<PortId>();
  #followed = new Set<string>();

  constructor(modules: PortLimitModules) {
    this.#modules = modules;
  }

  /** The first packet from or to a port brings its bridge here, for the policy that holds for its ports. */
  met(port: PortId): void {
    if (this.#met.has(port)) return;
    this.#met.add(port);
    this.reconcile();
  }

  /** Safe to call at any time; cheap when nothing changed. */
  reconcile(): void {
    const { datapath, ports } = this.#modules;
    this.#followed = new Set();
    const seen = new Set<DpPort>();
    for (const { portId, dpPort } of ports.all()) {
      seen.add(dpPort);
      const limits = this.#limitsOf(portId);
      if (limits === undefined) continue;
      const text = JSON.stringify(limits);
      if (this.#applied.get(dpPort) === text) continue;
      datapath().setPortLimits(dpPort, limits);
      this.#applied.set(dpPort, text);
    }
    for (const dpPort of this.#applied.keys()) if (!seen.has(dpPort)) this.#applied.delete(dpPort);
    for (const port of this.#met) if (ports.get(port) === undefined) this.#met.delete(port);
  }

  /** Topics that must be followed though no flow may depend on them. */
  follows(topic: Topic): boolean {
    return this.#followed.has(topicKey(topic));
  }

  /** Undefined while it is not known. */
  #limitsOf(portId: PortId): PortLimits | undefined {
    const { boundHere, devices } = this.#modules.knowledge;
    const port = boundHere.get(portId);
    if (port === undefined) return undefined;
    let id = port.qosPolicyId;
    if (id === undefined && port.type === 'bridge') {
      const device = devices.bridge(port.bridgeId);
      if (device !== undefined || this.#met.has(portId)) this.#follow({ kind: 'bridge', id: port.bridgeId });
      if (device === undefined) return undefined;
      id = device.bridge.qosPolicyId;
    }
    if (id === undefined) return NONE;
    this.#follow({ kind: 'qosPolicy', id });
    const policy = devices.qosPolicy(id);
    return policy === undefined ? undefined : limitsOf(policy);
  }

  #follow(topic: Topic): void {
    this.#followed.add(topicKey(topic));
    this.#modules.want(topic);
  }
}

/** What the machine sends comes in by its port, what it gets goes out by it. */
export function limitsOf({ rules }: QosPolicyDevice): PortLimits {
  const limits: { rx?: RateLimit; tx?: RateLimit } = {};
  for (const rule of rules) {
    if (rule.type !== 'bandwidth') continue;
    for (const direction of directionsOf(rule.direction)) limits[direction === 'egress' ? 'rx' : 'tx'] = rateOf(rule);
  }
  return limits;
}

function rateOf({ maxKbps, maxBurstKb }: QosBandwidthRule): RateLimit {
  const bitsPerSecond = maxKbps * 1000;
  const usual = Math.max(LEAST_DEFAULT_BURST, Math.round((bitsPerSecond / 8) * DEFAULT_BURST_SECONDS));
  return { bitsPerSecond, burstBytes: maxBurstKb === 0 ? usual : maxBurstKb * 125 };
}
