import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import { itemType } from '../media.ts';
import { dropDto } from '../resources/drops.ts';
import { hostDto, hostInput, hostPortDto, hostPortInput, interfaceDto } from '../resources/host.ts';
import { natPoolDto } from '../resources/nat-pool.ts';
import {
  tunnelZoneDto,
  tunnelZoneInput,
  zoneHostDto,
  zoneHostInput,
  zoneHostUpdate,
} from '../resources/tunnel-zone.ts';

const HOST = ['Host', 3] as const;
const HOST_PORT = ['HostInterfacePort', 1] as const;
const INTERFACE = ['Interface', 1] as const;
const ZONE = ['TunnelZone', 1] as const;
const ZONE_HOST = ['TunnelZoneHost', 1] as const;
const GRE_ZONE_HOST = [itemType('GreTunnelZoneHost', 1)] as const;

export const hosts = {
  list: listEndpoint('/hosts', { summary: 'List hosts', media: HOST, response: hostDto, query: ['name'] }),
  create: postEndpoint('/hosts', {
    summary: 'Register a host before its agent does',
    media: HOST,
    request: hostInput,
    response: hostDto,
  }),
  get: getEndpoint('/hosts/{id}', { summary: 'Show a host', media: HOST, response: hostDto }),
  update: putEndpoint('/hosts/{id}', {
    summary: "Change a host's weights and limits",
    media: HOST,
    request: hostInput,
    response: hostDto,
  }),
  remove: deleteEndpoint('/hosts/{id}', { summary: 'Forget a host that is dead and has no bound port', media: HOST }),
} as const;

export const hostInterfaces = {
  list: listEndpoint('/hosts/{id}/interfaces', {
    summary: 'List the interfaces a living host reports',
    media: INTERFACE,
    response: interfaceDto,
  }),
  get: getEndpoint('/hosts/{id}/interfaces/{name}', {
    summary: 'Show an interface',
    media: INTERFACE,
    response: interfaceDto,
  }),
} as const;

export const hostPorts = {
  list: listEndpoint('/hosts/{id}/ports', {
    summary: 'List ports bound to a host',
    media: HOST_PORT,
    response: hostPortDto,
  }),
  create: postEndpoint('/hosts/{id}/ports', {
    summary: 'Bind a port to an interface, which need not exist yet',
    media: HOST_PORT,
    request: hostPortInput,
    response: hostPortDto,
  }),
  get: getEndpoint('/hosts/{id}/ports/{portId}', {
    summary: 'Show a binding',
    media: HOST_PORT,
    response: hostPortDto,
  }),
  remove: deleteEndpoint('/hosts/{id}/ports/{portId}', { summary: 'Unbind a port', media: HOST_PORT }),
} as const;

/** Beyond MidoNet's API. */
export const drops = {
  list: listEndpoint('/drops', {
    summary: 'List what living hosts dropped, why, and what decided',
    response: dropDto,
    query: ['host_id', 'port_id', 'by_id', 'reason'],
  }),
} as const;

/** Beyond MidoNet's API. */
export const natPools = {
  list: listEndpoint('/nat_pools', {
    summary: 'List which hosts lease which ports of external addresses',
    response: natPoolDto,
    query: ['device_id'],
  }),
} as const;

export const tunnelZones = {
  list: listEndpoint('/tunnel_zones', {
    summary: 'List tunnel zones',
    media: ZONE,
    response: tunnelZoneDto,
    query: ['name'],
  }),
  create: postEndpoint('/tunnel_zones', {
    summary: 'Create a tunnel zone',
    media: ZONE,
    request: tunnelZoneInput,
    response: tunnelZoneDto,
  }),
  get: getEndpoint('/tunnel_zones/{id}', { summary: 'Show a tunnel zone', media: ZONE, response: tunnelZoneDto }),
  update: putEndpoint('/tunnel_zones/{id}', {
    summary: 'Change a tunnel zone',
    media: ZONE,
    request: tunnelZoneInput,
    response: tunnelZoneDto,
  }),
  remove: deleteEndpoint('/tunnel_zones/{id}', { summary: 'Delete a tunnel zone', media: ZONE }),
} as const;

const member = { media: ZONE_HOST, alsoMedia: GRE_ZONE_HOST, response: zoneHostDto } as const;

export const tunnelZoneHosts = {
  list: listEndpoint('/tunnel_zones/{id}/hosts', { summary: 'List the members of a tunnel zone', ...member }),
  create: postEndpoint('/tunnel_zones/{id}/hosts', {
    summary: 'Add a host with its underlay address',
    request: zoneHostInput,
    ...member,
  }),
  get: getEndpoint('/tunnel_zones/{id}/hosts/{hostId}', { summary: 'Show a member', ...member }),
  update: putEndpoint('/tunnel_zones/{id}/hosts/{hostId}', {
    summary: "Change a member's address",
    request: zoneHostUpdate,
    ...member,
  }),
  remove: deleteEndpoint('/tunnel_zones/{id}/hosts/{hostId}', {
    summary: 'Take a host out of a tunnel zone',
    media: ZONE_HOST,
    alsoMedia: GRE_ZONE_HOST,
  }),
} as const;
