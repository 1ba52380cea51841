import { cidrContains, formatCidr, formatIp4, formatMac, isIp4, network4, type Cidr, type Mac } from '@midonet/packet';
import type { BridgeId, BridgePort, Port, PortBinding, PortId, RouterId, RouterPort } from '@midonet/topology';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';
import { allowedOf, allowedToDto } from './allowed-addresses.ts';
import { filtersOf, filtersToDto } from './filters.ts';
import { mirroredOf, portMirroredToDto } from './mirror.ts';
import type { PortDto, PortInput } from './port.ts';
import { policyOf } from './qos.ts';

export type PortOwner =
  | { readonly type: 'bridge'; readonly bridgeId: BridgeId }
  | { readonly type: 'router'; readonly routerId: RouterId };

export type PortMaker = { newId(): PortId; newMac(): Mac };

/** The port without its peer: linking touches two ports and is an operation of its own. */
export function newPort(input: PortInput, owner: PortOwner, make: PortMaker): Converted<Port> {
  const wrongType = checkType(input, owner.type);
  if (wrongType !== undefined) return wrongType;
  const binding = bindingOf(input, undefined);
  if (binding.kind === 'invalid') return binding;
  const common = {
    kind: 'port',
    id: input.id ?? make.newId(),
    adminStateUp: input.adminStateUp ?? true,
    vifId: input.vifId ?? undefined,
    ...filtersOf(input),
    ...mirroredOf(input),
    ...policyOf(input.qosPolicyId, undefined),
    binding: binding.value,
  } as const;
  if (owner.type === 'bridge') {
    const allowed = allowedOf(input.allowedAddresses, undefined);
    const own = { vlanId: vlanOf(input), instanceId: instanceOf(input, undefined), ...allowed };
    return ok({ ...common, type: 'bridge', bridgeId: owner.bridgeId, ...own });
  }
  const addresses = addressesOf(input, []);
  if (addresses.kind === 'invalid') return addresses;
  return ok({
    ...common,
    type: 'router',
    routerId: owner.routerId,
    mac: input.portMac ?? make.newMac(),
    addresses: addresses.value,
  });
}

/**
 * A client writes back its whole, maybe stale copy: nulls in hostId, interfaceName and peerId mean
 * "unknown", not "unbind". Binding ends by DELETE of the host's port, a link by DELETE of the link.
 */
export function updatePort(old: Port, input: PortInput): Converted<Port> {
  const wrongType = checkType(input, old.type);
  if (wrongType !== undefined) return wrongType;
  const binding = bindingOf(input, old.binding);
  if (binding.kind === 'invalid') return binding;
  const moved = old.binding !== undefined && binding.value?.hostId !== old.binding.hostId;
  const changes = {
    adminStateUp: input.adminStateUp ?? old.adminStateUp,
    vifId: input.vifId === undefined ? old.vifId : (input.vifId ?? undefined),
    ...filtersOf(input, old),
    ...mirroredOf(input, old),
    ...policyOf(input.qosPolicyId, old.qosPolicyId),
    binding: binding.value,
    previousHostId: moved ? old.binding.hostId : old.previousHostId,
  };
  if (old.type === 'bridge') {
    const allowed = allowedOf(input.allowedAddresses, old.allowedAddresses);
    const vlanId = input.vlanId === undefined ? old.vlanId : vlanOf(input);
    return ok({ ...old, ...changes, vlanId, ...instanceAt(input, old), ...allowed });
  }
  const addresses = addressesOf(input, old.addresses);
  if (addresses.kind === 'invalid') return addresses;
  return ok({ ...old, ...changes, mac: input.portMac ?? old.mac, addresses: addresses.value });
}

function checkType(input: PortInput, type: 'bridge' | 'router'): Converted<never> | undefined {
  if (type === 'router' && (input.allowedAddresses ?? undefined) !== undefined) {
    return invalid('allowedAddresses', 'cannot be set: only ports of bridges are guarded');
  }
  if (type === 'router' && instanceOf(input, undefined) !== undefined) {
    return invalid('instanceId', 'cannot be set: instances are at ports of bridges');
  }
  if (input.type === null || input.type === undefined || input.type.toLowerCase().endsWith(type)) return undefined;
  return invalid('type', `a ${type}'s port cannot be of type ${input.type}`);
}

/** 0 and null both mean "no VLAN". */
function vlanOf(input: PortInput): number | undefined {
  return input.vlanId === 0 ? undefined : (input.vlanId ?? undefined);
}

function instanceOf({ instanceId }: PortInput, old: string | undefined): string | undefined {
  return instanceId === undefined ? old : instanceId === '' ? undefined : (instanceId ?? undefined);
}

/** Who may change a port may name any machine, and does not say whose it is. */
function instanceAt(input: PortInput, old: BridgePort): Pick<BridgePort, 'instanceId' | 'instanceTenantId'> {
  const instanceId = instanceOf(input, old.instanceId);
  return { instanceId, instanceTenantId: instanceId === old.instanceId ? old.instanceTenantId : undefined };
}

function bindingOf(input: PortInput, old: PortBinding | undefined): Converted<PortBinding | undefined> {
  const hostId = input.hostId ?? old?.hostId;
  const interfaceName = input.interfaceName ?? old?.interfaceName;
  if (hostId === undefined && interfaceName === undefined) return ok(undefined);
  if (hostId === undefined) return invalid('hostId', 'is required together with interfaceName');
  if (interfaceName === undefined) return invalid('interfaceName', 'is required together with hostId');
  return ok({ hostId, interfaceName });
}

/**
 * Two spellings of the same thing: `portSubnet` (a list, IPv6 too) and the older portAddress,
 * networkAddress and networkLength. A client that knows one writes the other back unchanged, so the
 * spelling that differs from the stored port is the one that was meant.
 */
function addressesOf(input: PortInput, old: readonly Cidr[]): Converted<readonly Cidr[]> {
  const oldFirst = old.find((cidr) => isIp4(cidr.address));
  const subnets = input.portSubnet ?? undefined;
  const listChanged = subnets !== undefined && subnets.map(formatCidr).join() !== old.map(formatCidr).join();
  const address = input.portAddress ?? undefined;
  const length = input.networkLength ?? undefined;
  if (listChanged && (subnets.length > 0 || address === undefined)) {
    // On creation both spellings may come together; then they must agree.
    const covered = address === undefined || old.length > 0 || subnets.some((cidr) => cidr.address === address);
    if (covered) return ok(subnets);
    const at = subnets.findIndex((cidr) => cidrContains(cidr, address));
    const within = subnets[at];
    if (within === undefined) return invalid('portSubnet', 'does not contain portAddress');
    return ok(subnets.with(at, { address, length: within.length }));
  }
  if (address === undefined && length === undefined) return ok(old);
  const newAddress = address ?? oldFirst?.address;
  const newLength = length ?? oldFirst?.length;
  if (newAddress === undefined || !isIp4(newAddress)) return invalid('portAddress', 'is required with networkLength');
  if (newLength === undefined) return invalid('networkLength', 'is required with portAddress');
  const changed: Cidr = { address: newAddress, length: newLength };
  const network = input.networkAddress ?? undefined;
  // A stale networkAddress next to a moved portAddress is corrected; on creation it is a mistake.
  if (network !== undefined && oldFirst === undefined && !cidrContains(changed, network)) {
    return invalid('networkAddress', `does not contain portAddress ${formatIp4(newAddress)}`);
  }
  if (oldFirst === undefined) return ok([changed, ...old]);
  return ok(old.map((cidr) => (cidr === oldFirst ? changed : cidr)));
}

/** What the port's own record does not hold. */
export type PortExtras = {
  /** The caller may look at it and not change it. */
  readonly readOnly?: boolean;
  readonly active: boolean;
  readonly tunnelKey: number;
  /** Router ports only. */
  readonly routeIds: readonly string[];
  /** L2 insertions on its wire, and those that it serves; of bridge ports. */
  readonly insertionIds: readonly string[];
  readonly srvInsertionIds: readonly string[];
  readonly traceRequestIds: readonly string[];
};

export function portToDto(port: Port, extras: PortExtras, base: Base): PortDto {
  const owner = port.type === 'bridge' ? link(base, 'bridges', port.bridgeId) : link(base, 'routers', port.routerId);
  const { binding } = port;
  return {
    id: port.id,
    uri: link(base, 'ports', port.id),
    deviceId: port.type === 'bridge' ? port.bridgeId : port.routerId,
    device: owner,
    adminStateUp: port.adminStateUp,
    readOnly: extras.readOnly === true,
    active: extras.active,
    tunnelKey: extras.tunnelKey,
    vifId: port.vifId ?? null,
    hostId: binding?.hostId ?? null,
    host: binding === undefined ? null : link(base, 'hosts', binding.hostId),
    previousHostId: port.previousHostId ?? null,
    interfaceName: binding?.interfaceName ?? null,
    hostInterfacePort: binding === undefined ? null : link(base, 'hosts', binding.hostId, 'ports', port.id),
    peerId: port.peerId ?? null,
    peer: port.peerId === undefined ? null : link(base, 'ports', port.peerId),
    link: link(base, 'ports', port.id, 'link'),
    portGroups: link(base, 'ports', port.id, 'port_groups'),
    ...filtersToDto(port, base),
    ...portMirroredToDto(port),
    insertionIds: [...extras.insertionIds],
    srvInsertionIds: [...extras.srvInsertionIds],
    traceRequestIds: [...extras.traceRequestIds],
    qosPolicyId: port.qosPolicyId ?? null,
    serviceContainerId: null,
    bgpStatus: null,
    ...(port.type === 'bridge' ? bridgeSide(port) : routerSide(port, extras, base)),
  };
}

type Sides = Pick<
  PortDto,
  | 'type'
  | 'bridgeId'
  | 'vlanId'
  | 'routerId'
  | 'portMac'
  | 'portAddress'
  | 'networkAddress'
  | 'networkLength'
  | 'portSubnet'
  | 'routeIds'
  | 'rtrPortVni'
  | 'offRampVxlan'
  | 'peeringTable'
  | 'allowedAddresses'
  | 'instanceId'
>;

function bridgeSide(port: BridgePort): Sides {
  const router = { routerId: null, portMac: null, portAddress: null, networkAddress: null, networkLength: null };
  const more = { portSubnet: null, routeIds: null, rtrPortVni: null, offRampVxlan: null, peeringTable: null };
  const allowedAddresses = allowedToDto(port.allowedAddresses);
  const own = { vlanId: port.vlanId ?? null, allowedAddresses, instanceId: port.instanceId ?? null };
  return { type: 'Bridge', bridgeId: port.bridgeId, ...own, ...router, ...more };
}

function routerSide(port: RouterPort, extras: PortExtras, base: Base): Sides {
  const first = port.addresses.find((cidr) => isIp4(cidr.address));
  const ip4 = first !== undefined && isIp4(first.address) ? first.address : undefined;
  return {
    type: 'Router',
    bridgeId: null,
    vlanId: null,
    routerId: port.routerId,
    portMac: formatMac(port.mac),
    portAddress: ip4 === undefined ? null : formatIp4(ip4),
    networkAddress: ip4 === undefined || first === undefined ? null : formatIp4(network4(ip4, first.length)),
    networkLength: first?.length ?? null,
    portSubnet: port.addresses.map(formatCidr),
    routeIds: [...extras.routeIds],
    rtrPortVni: 0,
    offRampVxlan: false,
    peeringTable: link(base, 'routers', port.routerId, 'ports', port.id, 'peering_table'),
    allowedAddresses: null,
    instanceId: null,
  };
}
