import type { ConsumeReason, Emission } from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { Knowledge } from '../view/knowledge.ts';
import { DnsForwarder, type Resolver } from './dns-forwarder.ts';
import { GuestConnections } from './guest-connections.ts';
import { readSegment, udpToGuest } from './guest-segment.ts';
import { MetadataProxy, type MetadataSettings } from './metadata-proxy.ts';

export type InstanceServiceSettings = {
  readonly metadata: MetadataSettings | undefined;
  readonly resolvers: readonly Resolver[];
};

export const NO_INSTANCE_SERVICES: InstanceServiceSettings = { metadata: undefined, resolvers: [] };

export type InstanceServicesModules = {
  readonly settings: InstanceServiceSettings;
  readonly knowledge: Knowledge;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  /** A frame leaves the bridge through an instance's port. */
  readonly onSend: (emission: Emission) => void;
};

const DNS_PORT = 53;
/** IPv6 and UDP headers. */
const UDP_HEADERS = 48;

/**
 * What the agent offers the instances of its host: the metadata service and the forwarding of DNS. The
 * simulation says which packets are for them; these alone come here, so nobody else can ask.
 */
export class InstanceServices {
  readonly connections: GuestConnections;
  readonly metadata: MetadataProxy;
  readonly dns: DnsForwarder;
  readonly #send: (portId: PortId, frame: Uint8Array) => void;

  /** What is asked for from here on. */
  settings: InstanceServiceSettings;

  constructor({ settings, knowledge, clock, random, logger, onSend }: InstanceServicesModules) {
    this.settings = settings;
    const current = (): InstanceServiceSettings => this.settings;
    this.#send = (portId, frame) => onSend({ portId, frame });
    this.metadata = new MetadataProxy({
      settings: () => current().metadata,
      asker: (portId) => askerOf(knowledge, portId),
      logger,
    });
    const room = (): number => knowledge.overlayMtu - UDP_HEADERS;
    this.dns = new DnsForwarder({ resolvers: () => current().resolvers, clock, room });
    this.connections = new GuestConnections({
      ...{ clock, random, send: this.#send },
      onOpened: (connection, port) => (port === DNS_PORT ? this.dns : this.metadata).take(connection),
    });
  }

  /** True for the reasons under which packets come here. */
  static takes(reason: ConsumeReason): boolean {
    return reason === 'metadataRequest' || reason === 'dnsQuery';
  }

  take(portId: PortId, frame: Uint8Array): void {
    const segment = readSegment(portId, frame);
    if (segment === undefined) return;
    const { guest, header, data } = segment;
    if (header.kind === 'tcp') {
      this.connections.receive(guest, header, data);
      return;
    }
    const ports = { srcPort: header.dstPort, dstPort: header.srcPort };
    this.dns.ask(portId, data, (answer) => this.#send(portId, udpToGuest(guest, ports, answer)));
  }

  status(): object {
    return {
      connections: this.connections.size,
      ...this.connections.counters,
      metadata: this.metadata.counters,
      dns: this.dns.counters,
    };
  }

  close(): void {
    this.connections.close();
    this.dns.close();
  }
}

function askerOf({ devices }: Knowledge, portId: PortId): { instanceId: string; tenantId: string } | undefined {
  const port = devices.port(portId);
  if (port?.type !== 'bridge' || port.instanceId === undefined) return undefined;
  const tenantId = port.instanceTenantId ?? devices.bridge(port.bridgeId)?.bridge.tenantId;
  return tenantId === undefined ? undefined : { instanceId: port.instanceId, tenantId };
}
