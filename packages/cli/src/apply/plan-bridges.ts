import type { PortDto } from '@midonet/contract';
import { failure } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { WantedBinding, WantedBridge } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import { planDhcp } from './plan-dhcp.ts';
import { differences, type Change } from './plan.ts';

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
    const body = { id, name, tenantId: tenant, adminStateUp: wanted.up };
    changes.push({ sign: '+', what: `bridge ${name}`, run: (client) => client.bridges.create({ body }) });
  } else {
    const fields = differences(bridge, { adminStateUp: wanted.up });
    const run: Change['run'] = (client) => client.bridges.update({ id, body: { adminStateUp: wanted.up } });
    if (fields.length > 0) changes.push({ sign: '~', what: `bridge ${name}`, fields, run });
  }
  for (const port of wanted.ports) {
    const found = live.port(id, port.name);
    const portId = live.idOf(`port ${name}/${port.name}`, found);
    const what = `port ${port.name} on bridge ${name}`;
    const body = { vifId: port.name, adminStateUp: port.up, vlanId: port.vlan };
    if (found === undefined) {
      const run: Change['run'] = (client) =>
        client.bridges.createPort({ id, body: { ...body, id: portId, type: 'Bridge' } });
      changes.push({ sign: '+', what, run });
    } else {
      const fields = differences(found, { adminStateUp: port.up, vlanId: port.vlan });
      const run: Change['run'] = (client) => client.ports.update({ id: portId, body });
      if (fields.length > 0) changes.push({ sign: '~', what, fields, run });
    }
    changes.push(...planBinding(live, { what, portId, found, wanted: port.binding }));
  }
  if (wanted.dhcp.length > 0) {
    changes.push(...(await planDhcp(session, { id, name, exists: bridge !== undefined }, wanted.dhcp)));
  }
  changes.push(...(await planTables(session, live, { wanted, id, exists: bridge !== undefined })));
  return changes;
}

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
  const bound = found?.hostId ?? undefined;
  return [
    {
      sign: bound === undefined ? '+' : '~',
      what: `binding of ${port.what} to ${wanted.host}:${wanted.interface}`,
      run: async (client) => {
        if (bound !== undefined) await client.hostPorts.remove({ id: bound, portId });
        await client.hostPorts.create({ id: hostId, body: { portId, interfaceName: wanted.interface } });
      },
    },
  ];
}

async function planTables(
  session: Session,
  live: LiveTopology,
  { wanted, id, exists }: { readonly wanted: WantedBridge; readonly id: string; readonly exists: boolean },
): Promise<Change[]> {
  const changes: Change[] = [];
  const arps = exists && wanted.arp.length > 0 ? await session.client.arpTable.list({ id }) : [];
  for (const { ip, mac } of wanted.arp) {
    const row = arps.find((one) => one.ip === ip);
    if (row?.mac === mac) continue;
    const what = `ARP row ${ip} ${mac} on bridge ${wanted.name}`;
    changes.push({
      sign: row === undefined ? '+' : '~',
      what,
      run: async (client) => {
        if (row !== undefined) await client.arpTable.remove({ id, row: `${ip}_${row.mac.replaceAll(':', '-')}` });
        await client.arpTable.create({ id, body: { ip, mac } });
      },
    });
  }
  const macs = exists && wanted.macs.length > 0 ? await session.client.macTable.list({ id }) : [];
  for (const { mac, port } of wanted.macs) {
    const portId = live.port(id, port)?.id ?? live.plannedId(`port ${wanted.name}/${port}`);
    if (portId === undefined) throw failure(`bridge ${wanted.name}, MAC ${mac}: it has no port ${port}`);
    const row = macs.find((one) => one.macAddr === mac && !one.learned);
    if (row?.portId === portId) continue;
    changes.push({
      sign: row === undefined ? '+' : '~',
      what: `MAC row ${mac} at port ${port} on bridge ${wanted.name}`,
      run: async (client) => {
        if (row !== undefined) {
          await client.macTable.remove({ id, row: `${mac.replaceAll(':', '-')}_${row.portId}` });
        }
        await client.macTable.create({ id, body: { macAddr: mac, portId } });
      },
    });
  }
  return changes;
}
