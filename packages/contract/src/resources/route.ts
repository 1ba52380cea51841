import { formatIp, isIp4, type Cidr, type Ip4, type Ip6, type IpAddress } from '@midonet/packet';
import type { PortId, Route, RouteId, RouterId } from '@midonet/topology';
import { z } from 'zod';
import { idField, ipField, prefixLengthField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';

const TYPES = ['Normal', 'BlackHole', 'Reject', 'Local'] as const;

export const routeInput = z.object({
  id: idField<RouteId>().nullish(),
  type: z
    .string()
    .refine((text) => TYPES.some((type) => type.toLowerCase() === text.toLowerCase()), {
      message: `must be one of ${TYPES.join(', ')}`,
    })
    .nullish(),
  srcNetworkAddr: ipField.nullish(),
  srcNetworkLength: prefixLengthField.nullish(),
  dstNetworkAddr: ipField.nullish(),
  dstNetworkLength: prefixLengthField.nullish(),
  nextHopPort: idField<PortId>().nullish(),
  nextHopGateway: z.union([ipField, z.literal('').transform(() => undefined)]).nullish(),
  weight: z.int().min(0).max(0x7fffffff).nullish(),
  attributes: textField.nullish(),
});
export type RouteInput = z.output<typeof routeInput>;

export const routeDto = z.object({
  id: z.string(),
  uri: z.string(),
  routerId: z.string(),
  router: z.string(),
  type: z.enum(TYPES),
  srcNetworkAddr: z.string(),
  srcNetworkLength: z.number(),
  dstNetworkAddr: z.string(),
  dstNetworkLength: z.number(),
  nextHopPort: z.string().nullable(),
  nextHopGateway: z.string().nullable(),
  weight: z.number(),
  attributes: z.string().nullable(),
  learned: z.boolean(),
});
export type RouteDto = z.output<typeof routeDto>;

const ANY4 = 0 as Ip4; // constants need no parser
const ANY6 = 0n as Ip6;

export function newRoute(input: RouteInput, routerId: RouterId, newId: () => RouteId): Converted<Route> {
  const family = familyOf(input);
  if (family === 'mixed') return invalid('nextHopGateway', 'source, destination and gateway must be of one IP version');
  const source = prefixOf('srcNetwork', input.srcNetworkAddr, input.srcNetworkLength, family);
  if (source.kind === 'invalid') return source;
  const destination = prefixOf('dstNetwork', input.dstNetworkAddr, input.dstNetworkLength, family);
  if (destination.kind === 'invalid') return destination;
  const common = {
    kind: 'route',
    id: input.id ?? newId(),
    routerId,
    source: source.value,
    destination: destination.value,
    weight: input.weight ?? 100,
    attributes: input.attributes ?? undefined,
    learned: false,
  } as const;
  switch ((input.type ?? 'Normal').toLowerCase()) {
    case 'blackhole':
      return ok({ ...common, type: 'blackhole' });
    case 'reject':
      return ok({ ...common, type: 'reject' });
    case 'local':
      return invalid('type', 'Local routes come and go with the addresses of router ports');
    default: {
      const nextHopPort = input.nextHopPort ?? undefined;
      if (nextHopPort === undefined) return invalid('nextHopPort', 'is required for a Normal route');
      return ok({ ...common, type: 'normal', nextHopPort, nextHopGateway: gatewayOf(input) });
    }
  }
}

/** Clients write "no gateway" as null, empty text or the unspecified address. */
function gatewayOf(input: RouteInput): IpAddress | undefined {
  const gateway = input.nextHopGateway ?? undefined;
  return gateway === ANY4 || gateway === ANY6 ? undefined : gateway;
}

/** An all-zero IPv4 prefix (the default everywhere) says nothing about the family. */
function familyOf(input: RouteInput): 4 | 6 | 'mixed' {
  const gateway = gatewayOf(input);
  const telling = [
    { ip: input.dstNetworkAddr ?? undefined, length: input.dstNetworkLength },
    { ip: input.srcNetworkAddr ?? undefined, length: input.srcNetworkLength },
    { ip: gateway, length: undefined },
  ].filter(({ ip, length }) => ip !== undefined && !(ip === ANY4 && (length ?? 0) === 0));
  const families = new Set(telling.map(({ ip }) => (typeof ip === 'number' ? 4 : 6)));
  if (families.size > 1) return 'mixed';
  return families.has(6) ? 6 : 4;
}

function prefixOf(
  property: string,
  ip: IpAddress | null | undefined,
  length: number | null | undefined,
  family: 4 | 6,
): Converted<Cidr> {
  const any: IpAddress = family === 4 ? ANY4 : ANY6;
  const address: IpAddress = ip === null || ip === undefined || (family === 6 && ip === ANY4) ? any : ip;
  const bits = length ?? (address === any ? 0 : family === 4 ? 32 : 128);
  if (bits > (family === 4 ? 32 : 128)) return invalid(`${property}Length`, 'must be at most 32 for IPv4');
  return ok(isIp4(address) ? { address, length: bits } : { address, length: bits });
}

const WIRE_TYPE = { normal: 'Normal', blackhole: 'BlackHole', reject: 'Reject', local: 'Local' } as const;

export function routeToDto(route: Route, base: Base): RouteDto {
  const hasPort = route.type === 'normal' || route.type === 'local';
  const gateway = route.type === 'normal' ? route.nextHopGateway : undefined;
  return {
    id: route.id,
    uri: link(base, 'routes', route.id),
    routerId: route.routerId,
    router: link(base, 'routers', route.routerId),
    type: WIRE_TYPE[route.type],
    srcNetworkAddr: formatIp(route.source.address),
    srcNetworkLength: route.source.length,
    dstNetworkAddr: formatIp(route.destination.address),
    dstNetworkLength: route.destination.length,
    nextHopPort: hasPort ? route.nextHopPort : null,
    nextHopGateway: gateway === undefined ? null : formatIp(gateway),
    weight: route.weight,
    attributes: route.attributes ?? null,
    learned: route.learned,
  };
}
