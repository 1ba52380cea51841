import { isIp4 } from '@midonet/packet';
import type { ChainId, Entity } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';
import { tenantOf } from '../objects/fields.ts';
import type { FirewallRule } from '../objects/firewall.ts';
import type { Firewall, NeutronRouter } from '../objects/objects.ts';
import { protocolOf } from '../objects/protocol.ts';
import type { NeutronReader } from '../reader.ts';
import { chainOf, ETHERTYPE_IPV4, ETHERTYPE_IPV6, is, rulesOf, type Conditions, type NamedRule } from './rules.ts';

export function firewallChainId(firewallId: string): ChainId {
  return derivedId<ChainId>(firewallId, 'firewall');
}

/**
 * One chain, which is the forward chain of each of its routers: it sees what passes the router, and neither
 * what the router says itself nor what it is asked. So the rules need no names of interfaces. MidoNet's let
 * through what comes by the gateway and leaves by it; here the policy holds for that as well.
 */
export async function firewallTopology(firewall: Firewall, read: NeutronReader): Promise<readonly Entity[]> {
  if (!(await isInUse(firewall, read))) return [];
  const chainId = firewallChainId(firewall.id);
  return [
    chainOf(chainId, tenantOf(firewall), `firewall ${firewall.name ?? ''}`),
    ...rulesOf(chainId, [
      ['down', firewall.admin_state_up === false ? { type: 'drop', condition: {} } : undefined],
      ['answers', { type: 'accept', condition: { connection: 'return' } }],
      ...inOrder(firewall).flatMap(ruleWithFragments),
      ['others', { type: 'drop', condition: {} }],
    ]),
  ];
}

/** Whether it is at a router; a firewall at none is nothing in the topology. */
export async function isInUse(firewall: Firewall, read: NeutronReader): Promise<boolean> {
  for (const id of firewall['add-router-ids'] ?? []) {
    if ((await read.get('router', id)) !== undefined) return true;
  }
  return false;
}

/** What a router asks about packets that pass. */
export async function forwardChainOf(router: NeutronRouter, read: NeutronReader): Promise<ChainId | undefined> {
  const [firewall] = await read.naming('router', router.id, 'firewall');
  return firewall === undefined ? undefined : firewallChainId(firewall.id);
}

/** The version of IP that a rule is about. */
export function versionOf({ ip_version: version, ...rule }: FirewallRule): 4 | 6 {
  const prefix = rule.source_ip_address ?? rule.destination_ip_address;
  return version ?? (prefix === null || prefix === undefined || isIp4(prefix.address) ? 4 : 6);
}

function inOrder({ firewall_rule_list: rules }: Firewall): readonly FirewallRule[] {
  return (rules ?? [])
    .filter(({ enabled }) => enabled !== false)
    .toSorted((a, b) => (a.position ?? Infinity) - (b.position ?? Infinity) || 0);
}

const EFFECTS = { allow: 'accept', deny: 'drop', reject: 'reject' } as const;

/**
 * What is allowed by ports is allowed with its later fragments, which have none. What is denied by ports is
 * denied by its first fragment: nobody can put the others together.
 */
function ruleWithFragments(rule: FirewallRule, at: number): readonly NamedRule[] {
  const name = rule.id ?? String(at);
  const condition = testsOf(rule);
  const { tpSrc, tpDst, ...others } = condition;
  const lacksPorts = rule.action === 'allow' && (tpSrc ?? tpDst) !== undefined;
  const fragments = { type: 'accept', condition: { ...others, fragmentPolicy: 'nonheader' } } as const;
  return [
    [name, { type: EFFECTS[rule.action], condition }],
    [`${name} fragments`, lacksPorts ? fragments : undefined],
  ];
}

function testsOf(rule: FirewallRule): Conditions {
  const isIp6 = versionOf(rule) === 6;
  const protocol = protocolOf(rule.protocol, isIp6);
  const { source_ip_address: source, destination_ip_address: destination } = rule;
  const { source_port: from, destination_port: to } = rule;
  return {
    dlType: is(isIp6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4),
    ...(protocol === undefined ? {} : { nwProto: is(protocol) }),
    ...(source && { nwSrc: is(source) }),
    ...(destination && { nwDst: is(destination) }),
    ...(from && { tpSrc: is(from) }),
    ...(to && { tpDst: is(to) }),
  };
}
