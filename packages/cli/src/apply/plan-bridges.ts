import type { PortDto } from '@midonet/contract';
import { allowedText, type AllowedAddresses } from '../objects/allowed-addresses.ts';
import type { Session } from '../session.ts';
import type { WantedBinding, WantedBridge } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import { planDhcp6 } from './plan-dhcp6.ts';
import { planTables } from './plan-bridge-tables.ts';
import { planDhcp } from './plan-dhcp.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

export async function planBridge(
  session: Session,
  live: LiveTopology,
  { wanted, tenant }: { readonly wanted: WantedBridge; readonly tenant: string | undefined },
): Promise<Change[]> {
  const { name } = wanted;
  const bridge = live.bridges.get(name);
  const id = live.idOf(`bridge ${name}`, bridge);
  const changes: Change[] = [];
  if (bridge === undefined) {
    const body = { id, name, tenantId: tenant, adminStateUp: wanted.up, shared: wanted.shared };
    changes.push({ sign: '+', what: `bridge ${name}`, run: (client) => client.bridges.create({ body }) });
  } else {
    const body = { adminStateUp: wanted.up, shared: wanted.shared };
    const fields = differences(bridge, body);
    const run: Change['run'] = (client) => change(client.bridges, { id }, body, bridge);
    if (fields.length > 0) changes.push({ sign: '~', what: `bridge ${name}`, fields, run });
  }
  for (const port of wanted.ports) {
    const found = live.port(id, port.name);
    const portId = live.idOf(`port ${name}/${port.name}`, found);
    const what = `port ${port.name} on bridge ${name}`;
    const own = { adminStateUp: port.up, vlanId: port.vlan, instanceId: port.instance };
    const body = { vifId: port.name, ...own, allowedAddresses: port.allowed };
    if (found === undefined) {
      const run: Change['run'] = (client) =>
        client.bridges.createPort({ id, body: { ...body, id: portId, type: 'Bridge' } });
      changes.push({ sign: '+', what, run });
    } else {
      const fields = differences(found, own);
      fields.push(...guardDifference(found, port.allowed));
      const run: Change['run'] = (client) => change(client.ports, { id: portId }, body, found);
      if (fields.length > 0) changes.push({ sign: '~', what, fields, run });
    }
    changes.push(...planBinding(live, { what, portId, found, wanted: port.binding }));
  }
  if (wanted.dhcp.length > 0) {
    changes.push(...(await planDhcp(session, { id, name, exists: bridge !== undefined }, wanted.dhcp)));
  }
  changes.push(...(await planDhcp6(session, { id, name, exists: bridge !== undefined }, wanted.dhcp6)));
  changes.push(...(await planTables(session, live, { wanted, id, exists: bridge !== undefined })));
  return changes;
}

function guardDifference(found: PortDto, wanted: AllowedAddresses | null | undefined): string[] {
  if (wanted === undefined) return [];
  const [old, now] = [allowedText(found.allowedAddresses), allowedText(wanted)];
  return old === now ? [] : [`allowed: ${old || 'nobody'} → ${now || 'nobody'}`];
}

const UNBOUND = { hostId: null, interfaceName: null };

/** Only a binding that the file names is changed; `midonet ns add` makes others, and they stay. */
export function planBinding(
  live: LiveTopology,
  port: {
    readonly what: string;
    readonly portId: string;
    readonly found: PortDto | undefined;
    readonly wanted: WantedBinding | undefined;
  },
): Change[] {
  const { wanted, found, portId } = port;
  if (wanted === undefined) return [];
  const hostId = live.hostId(wanted.host);
  if (found?.hostId === hostId && found.interfaceName === wanted.interface) return [];
  return [
    {
      sign: (found ?? UNBOUND).hostId === null ? '+' : '~',
      what: `binding of ${port.what} to ${wanted.host}:${wanted.interface}`,
      // In one step, and not over a binding that somebody else made since the plan.
      run: (client) =>
        change(client.ports, { id: portId }, { hostId, interfaceName: wanted.interface }, found ?? UNBOUND),
    },
  ];
}
