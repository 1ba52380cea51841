import type { Session } from '../session.ts';
import type { WantedIpGroup, WantedPortGroup } from './document-filters.ts';
import { nameIn, renamedTo } from './keys.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

/** The group itself; a group in the file has exactly the addresses that the file says. */
export async function planIpGroup(
  session: Session,
  live: LiveTopology,
  { wanted, tenant }: { readonly wanted: WantedIpGroup; readonly tenant: string | undefined },
): Promise<Change[]> {
  const { name } = wanted;
  const group = live.ipAddrGroups.get(name);
  const id = live.idOf(`IP address group ${name}`, group);
  const changes: Change[] = [];
  const what = `IP address group ${name}`;
  const chainOf = (text: string | null | undefined) => (typeof text === 'string' ? live.named('chain', text) : text);
  const chains = { inboundChainId: chainOf(wanted.inbound), outboundChainId: chainOf(wanted.outbound) };
  if (group === undefined) {
    const body = { id, name: nameIn(name), tenantId: tenant, ...chains };
    changes.push({ sign: '+', what, run: (client) => client.ipAddrGroups.create({ body }) });
  }
  const renamed = { name: renamedTo(name), ...chains };
  const fields = group === undefined ? [] : differences(group, renamed);
  if (fields.length > 0) {
    changes.push({ sign: '~', what, fields, run: (client) => change(client.ipAddrGroups, { id }, renamed, group) });
  }
  const has = group === undefined ? [] : await session.client.ipAddrGroupAddrs.list({ id });
  for (const addr of new Set(wanted.addresses)) {
    if (has.some((one) => one.addr === addr)) continue;
    const run: Change['run'] = (client) => client.ipAddrGroupAddrs.create({ id, body: { addr } });
    changes.push({ sign: '+', what: `${addr} in ${what}`, run });
  }
  for (const { addr, version } of has) {
    if (wanted.addresses.includes(addr)) continue;
    const run: Change['run'] = (client) => client.ipAddrGroupAddrs.remove({ id, version: String(version), addr });
    changes.push({ sign: '-', what: `${addr} in ${what}`, run });
  }
  return changes;
}

export function planPortGroup(
  live: LiveTopology,
  { wanted, tenant }: { readonly wanted: WantedPortGroup; readonly tenant: string | undefined },
): Change[] {
  const { name, stateful } = wanted;
  const group = live.portGroups.get(name);
  const id = live.idOf(`port group ${name}`, group);
  const what = `port group ${name}`;
  if (group === undefined) {
    const body = { id, name: nameIn(name), tenantId: tenant, stateful };
    return [{ sign: '+', what, run: (client) => client.portGroups.create({ body }) }];
  }
  const body = { name: renamedTo(name), stateful };
  const fields = differences(group, body);
  const run: Change['run'] = (client) => change(client.portGroups, { id }, body, group);
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}

/** When the ports are there: exactly those of the file. */
export function planMembers(live: LiveTopology, wanted: WantedPortGroup): Change[] {
  const group = live.portGroups.get(wanted.name);
  const id = live.idOf(`port group ${wanted.name}`, group);
  const ports = new Map(wanted.ports.map((text) => [live.portId(text), text]));
  const has = new Set(group?.portIds);
  const what = `port group ${wanted.name}`;
  const changes: Change[] = [];
  for (const [portId, text] of ports) {
    if (has.has(portId)) continue;
    const run: Change['run'] = (client) => client.portGroupPorts.create({ id, body: { portId } });
    changes.push({ sign: '+', what: `port ${text} in ${what}`, run });
  }
  for (const portId of has) {
    if (ports.has(portId)) continue;
    const name = live.nameOf(portId);
    const run: Change['run'] = (client) => client.portGroupPorts.remove({ id, portId });
    changes.push({ sign: '-', what: `port ${name} in ${what}`, run });
  }
  return changes;
}
