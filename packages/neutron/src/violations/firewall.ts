import { isIp4, type Cidr } from '@midonet/packet';
import type { Violation } from '@midonet/topology';
import type { FirewallRule } from '../objects/firewall.ts';
import type { Firewall } from '../objects/objects.ts';
import { protocolNumber } from '../objects/protocol.ts';
import type { NeutronReader } from '../reader.ts';
import { versionOf } from '../translate/firewall.ts';
import { failing } from './failing.ts';

/** Those with ports. */
const PROTOCOLS = ['tcp', 'udp', 'sctp', 'udplite', 'dccp'].map(protocolNumber);

/** A router has one forward chain. */
export async function checkFirewall(firewall: Firewall, read: NeutronReader): Promise<readonly Violation[]> {
  const rules = firewall.firewall_rule_list ?? [];
  const ids = rules.flatMap(({ id }) => id ?? []);
  const wrong = failing([new Set(ids).size < ids.length, 'firewall_rule_list', 'names a rule twice']);
  for (const [at, router] of (firewall['add-router-ids'] ?? []).entries()) {
    const others = await read.naming('router', router, 'firewall');
    const other = others.find(({ id }) => id !== firewall.id);
    if (other === undefined) continue;
    wrong.push({
      property: `add-router-ids.${at}`,
      message: `router ${router} has firewall ${other.id}: take it from there first`,
    });
  }
  return [...wrong, ...rules.flatMap((rule, at) => checkRule(rule, `firewall_rule_list.${at}`))];
}

function checkRule(rule: FirewallRule, place: string): readonly Violation[] {
  const isVersion4 = versionOf(rule) === 4;
  const isOther = (prefix: Cidr | null | undefined): boolean =>
    prefix !== null && prefix !== undefined && isIp4(prefix.address) !== isVersion4;
  const hasNoPorts = !PROTOCOLS.includes(protocolNumber(rule.protocol));
  const { source_ip_address: source, destination_ip_address: destination } = rule;
  return failing(
    [isOther(source), `${place}.source_ip_address`, 'is not of the IP version of the rule'],
    [isOther(destination), `${place}.destination_ip_address`, 'is not of the IP version of the rule'],
    ...(['source_port', 'destination_port'] as const).map(
      (member) =>
        [
          rule[member] !== null && rule[member] !== undefined && hasNoPorts,
          `${place}.${member}`,
          'needs a protocol with ports: tcp, udp',
        ] as const,
    ),
  );
}
