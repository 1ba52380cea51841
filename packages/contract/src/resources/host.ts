import { formatIp, formatMac } from '@midonet/packet';
import type { Host, HostId, HostInterface, Port, PortId } from '@midonet/topology';
import { z } from 'zod';
import { idField, interfaceField, ipField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';

const weight = z.int().min(0).max(65535);

export const hostInput = z.object({
  id: idField<HostId>().nullish(),
  name: textField.nullish(),
  addresses: z.array(ipField).max(256).nullish(),
  floodingProxyWeight: weight.nullish(),
  containerWeight: weight.nullish(),
  containerLimit: z.int().min(-1).max(0x7fffffff).nullish(),
  enforceContainerLimit: z.boolean().nullish(),
});
export type HostInput = z.output<typeof hostInput>;

export const hostDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string().nullable(),
  addresses: z.array(z.string()),
  alive: z.boolean(),
  floodingProxyWeight: z.number(),
  containerWeight: z.number(),
  containerLimit: z.number(),
  enforceContainerLimit: z.boolean(),
  portIds: z.array(z.string()),
  tunnelZoneIds: z.array(z.string()),
  interfaces: z.string(),
  ports: z.string(),
});
export type HostDto = z.output<typeof hostDto>;

export const interfaceDto = z.object({
  uri: z.string(),
  hostId: z.string(),
  name: z.string(),
  mac: z.string().nullable(),
  mtu: z.number(),
  /** Bit 0: administratively up. Bit 1: has a link. */
  status: z.number(),
  up: z.boolean(),
  hasLink: z.boolean(),
  type: z.enum(['Physical', 'Virtual', 'Tunnel', 'Unknown']),
  endpoint: z.enum(['DATAPATH', 'PHYSICAL', 'VM', 'TUNNEL', 'LOCALHOST', 'UNKNOWN']),
  portType: z.string().nullable(),
  addresses: z.array(z.string()),
});
export type InterfaceDto = z.output<typeof interfaceDto>;

export const hostPortInput = z.object({
  portId: idField<PortId>(),
  hostId: idField<HostId>().nullish(),
  interfaceName: interfaceField,
});
export const hostPortDto = z.object({
  uri: z.string(),
  host: z.string(),
  port: z.string(),
  portId: z.string(),
  hostId: z.string(),
  interfaceName: z.string(),
});
export type HostPortDto = z.output<typeof hostPortDto>;

export function newHost(input: HostInput, newId: () => HostId): Host {
  return {
    kind: 'host',
    id: input.id ?? newId(),
    name: input.name ?? '',
    addresses: input.addresses ?? [],
    floodingProxyWeight: input.floodingProxyWeight ?? 1,
    containerWeight: input.containerWeight ?? 1,
    containerLimit: input.containerLimit ?? -1,
    enforceContainerLimit: input.enforceContainerLimit ?? false,
  };
}

/** Name and addresses are the agent's to say; what operators tune is weights and limits. */
export function updateHost(old: Host, input: HostInput): Host {
  return {
    ...old,
    floodingProxyWeight: input.floodingProxyWeight ?? old.floodingProxyWeight,
    containerWeight: input.containerWeight ?? old.containerWeight,
    containerLimit: input.containerLimit ?? old.containerLimit,
    enforceContainerLimit: input.enforceContainerLimit ?? old.enforceContainerLimit,
  };
}

export type HostExtras = {
  readonly alive: boolean;
  readonly portIds: readonly string[];
  readonly tunnelZoneIds: readonly string[];
  /** As reported by the living agent. */
  readonly interfaces: readonly HostInterface[];
};

export function hostToDto(host: Host, extras: HostExtras, base: Base): HostDto {
  const reported = extras.interfaces.flatMap((one) => one.addresses);
  return {
    id: host.id,
    uri: link(base, 'hosts', host.id),
    name: host.name,
    addresses: [...new Set([...host.addresses, ...reported].map(formatIp))],
    alive: extras.alive,
    floodingProxyWeight: host.floodingProxyWeight,
    containerWeight: host.containerWeight,
    containerLimit: host.containerLimit,
    enforceContainerLimit: host.enforceContainerLimit,
    portIds: [...extras.portIds],
    tunnelZoneIds: [...extras.tunnelZoneIds],
    interfaces: link(base, 'hosts', host.id, 'interfaces'),
    ports: link(base, 'hosts', host.id, 'ports'),
  };
}

const TYPE = { physical: 'Physical', virtual: 'Virtual', tunnel: 'Tunnel', unknown: 'Unknown' } as const;
const ENDPOINT = {
  datapath: 'DATAPATH',
  physical: 'PHYSICAL',
  vm: 'VM',
  tunnel: 'TUNNEL',
  localhost: 'LOCALHOST',
  unknown: 'UNKNOWN',
} as const;

export function interfaceToDto(hostId: HostId, one: HostInterface, base: Base): InterfaceDto {
  return {
    uri: link(base, 'hosts', hostId, 'interfaces', one.name),
    hostId,
    name: one.name,
    mac: one.mac === undefined ? null : formatMac(one.mac),
    mtu: one.mtu,
    status: (one.up ? 1 : 0) | (one.hasLink ? 2 : 0),
    up: one.up,
    hasLink: one.hasLink,
    type: TYPE[one.type],
    endpoint: ENDPOINT[one.endpoint],
    portType: null,
    addresses: one.addresses.map(formatIp),
  };
}

/** Undefined when the port is not bound to this host. */
export function hostPortToDto(hostId: HostId, port: Port, base: Base): HostPortDto | undefined {
  if (port.binding?.hostId !== hostId) return undefined;
  return {
    uri: link(base, 'hosts', hostId, 'ports', port.id),
    host: link(base, 'hosts', hostId),
    port: link(base, 'ports', port.id),
    portId: port.id,
    hostId,
    interfaceName: port.binding.interfaceName,
  };
}
