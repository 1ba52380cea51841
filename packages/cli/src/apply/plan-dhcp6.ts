import type { Session } from '../session.ts';
import type { WantedBridge } from './document.ts';
import { optionTexts } from './plan-dhcp.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

type Owner = { readonly id: string; readonly name: string; readonly exists: boolean };

export async function planDhcp6(session: Session, bridge: Owner, all: WantedBridge['dhcp6']): Promise<Change[]> {
  if (all.length === 0) return [];
  const { id } = bridge;
  const changes: Change[] = [];
  const subnets = bridge.exists ? await session.client.dhcp6Subnets.list({ id }) : [];
  for (const { prefix, length, dns, forwarder, hosts } of all) {
    const subnet = `${prefix}_${length}`;
    const what = `DHCPv6 ${prefix}/${length} on bridge ${bridge.name}`;
    const found = subnets.find((one) => one.prefix === prefix && one.prefixLength === length);
    const body = { dnsServerAddrs: [...dns], dnsForwarderAddr: forwarder };
    if (found === undefined) {
      const made = { ...body, prefix, prefixLength: length };
      changes.push({ sign: '+', what, run: (client) => client.dhcp6Subnets.create({ id, body: made }) });
    } else {
      const fields = differences(found, body);
      const run: Change['run'] = (client) => change(client.dhcp6Subnets, { id, subnet }, body, found);
      if (fields.length > 0) changes.push({ sign: '~', what, fields, run });
    }
    const has = found === undefined ? [] : await session.client.dhcp6Hosts.list({ id, subnet });
    for (const { client: clientId, address, name, options } of hosts) {
      const old = has.find((one) => one.clientId === clientId);
      const host = `DHCPv6 host ${name ?? clientId} ${address} on bridge ${bridge.name}`;
      const extra = options === undefined ? {} : { extraDhcpOpts: [...options] };
      const own = { fixedAddress: address, name, ...extra };
      if (old === undefined) {
        const made = { ...own, clientId };
        changes.push({ sign: '+', what: host, run: (client) => client.dhcp6Hosts.create({ id, subnet, body: made }) });
        continue;
      }
      const fields = differences(
        { ...old, options: optionTexts(old.extraDhcpOpts) },
        { fixedAddress: address, name, options: options && optionTexts(options) },
      );
      const run: Change['run'] = (client) => change(client.dhcp6Hosts, { id, subnet, client: clientId }, own, old);
      if (fields.length > 0) changes.push({ sign: '~', what: host, fields, run });
    }
  }
  return changes;
}
