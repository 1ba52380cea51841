import { isIp4, type Ip4 } from '@midonet/packet';
import type { Entity, RuleId } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';
import type { FloatingIp } from '../objects/objects.ts';
import type { NeutronReader } from '../reader.ts';
import { floatingVips } from './balancing.ts';
import { legsOf, type Leg } from './legs.ts';
import { routerChainId, snatOf, type RouterChain } from './router.ts';
import { anyOrder, DYNAMIC, host, is, natTo, not, ruleAt, STATIC, type Conditions, type RuleEffect } from './rules.ts';

/** A machine's own address in another network, that its router puts in place of the fixed one. */
export async function floatingIpTopology(floating: FloatingIp, read: NeutronReader): Promise<readonly Entity[]> {
  const fixed = await fixedOf(floating, read);
  const router = floating.router_id === undefined ? undefined : await read.get('router', floating.router_id ?? '');
  const { floating_ip_address: address, floating_network_id: networkId } = floating;
  if (fixed === undefined || router === undefined || !isIp4(address)) return [];
  const legs = await legsOf(router, read);
  const leg = legs.find(({ port }) => port.network_id === networkId);
  if (leg === undefined) return [];
  const rule = (chain: RouterChain, name: string, effect: RuleEffect & { readonly condition: Conditions }): Entity => {
    const id = derivedId<RuleId>(floating.id, `rule ${name}`);
    return ruleAt(routerChainId(router.id, chain), id, anyOrder(id), effect);
  };
  const own = is(host(fixed));
  const inside = { nwDstRewritten: true, inPorts: not([leg.routerPortId]) } as const;
  const snat = snatOf(router, legs);
  return [
    rule('floatingIn', 'in', { ...natTo('dnat', fixed, STATIC), condition: { nwDst: is(host(address)) } }),
    rule('floatingOut', 'out', {
      ...natTo('snat', address, STATIC),
      condition: { nwSrc: own, outPorts: is([leg.routerPortId]) },
    }),
    // To another floating address of this router, or an answer to who came by this one: seen from outside as well.
    rule('floatingOut', 'back', { ...natTo('snat', address, STATIC), condition: { nwSrc: own, ...inside } }),
    // Who has none of its own comes as the gateway; or the answer would take the short way, past the router.
    ...(snat === undefined
      ? []
      : [
          rule('hairpin', 'hairpin', { ...natTo('snat', snat.address, DYNAMIC), condition: { nwDst: own, ...inside } }),
        ]),
    ...answered(leg, address),
    ...(await floatingVips(floating, router, read)),
  ];
}

async function fixedOf({ port_id: id, fixed_ip_address: given }: FloatingIp, read: NeutronReader) {
  const port = id === null || id === undefined ? undefined : await read.get('port', id);
  if (port === undefined) return undefined;
  const addresses = (port.fixed_ips ?? []).map(({ ip_address: address }) => address).filter(isIp4);
  if (given === null || given === undefined) return addresses[0];
  return isIp4(given) ? given : undefined;
}

/** Who asks its network for the floating address is told the router's. */
function answered({ port, isUplink }: Leg, ip: Ip4): readonly Entity[] {
  return isUplink ? [] : [{ kind: 'staticArp', bridgeId: port.network_id, ip, mac: port.mac_address }];
}
