import type { Client } from '@midonet/contract';
import { failure } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { WantedBridge } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import type { Change } from './plan.ts';

/** Static rows: what the file names is there; others stay. */
export async function planTables(
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
      run: (client) =>
        replaceRow(client, `/bridges/${id}/arp_table`, {
          old: row && `${ip}_${row.mac.replaceAll(':', '-')}`,
          body: { ip, mac },
        }),
    });
  }
  const macs = exists && wanted.macs.length > 0 ? await session.client.macTable.list({ id }) : [];
  for (const { mac, port, vlan } of wanted.macs) {
    const portId = live.port(id, port)?.id ?? live.plannedPort('bridge', `${wanted.name}/${port}`);
    if (portId === undefined) throw failure(`bridge ${wanted.name}, MAC ${mac}: it has no port ${port}`);
    const row = macs.find((one) => one.macAddr === mac && !one.learned && (one.vlanId ?? 0) === (vlan ?? 0));
    if (row?.portId === portId) continue;
    const tagged = vlan === undefined ? '' : ` in VLAN ${vlan}`;
    changes.push({
      sign: row === undefined ? '+' : '~',
      what: `MAC row ${mac} at port ${port}${tagged} on bridge ${wanted.name}`,
      run: (client) =>
        replaceRow(client, `/bridges/${id}${vlan === undefined ? '' : `/vlans/${vlan}`}/mac_table`, {
          old: row && `${mac.replaceAll(':', '-')}_${row.portId}`,
          body: { macAddr: mac, portId },
        }),
    });
  }
  return changes;
}

/** In one step: at no time is it without a row. */
function replaceRow(
  client: Client,
  table: string,
  { old, body }: { readonly old: string | undefined; readonly body: object },
): Promise<unknown> {
  const removal = old === undefined ? [] : [{ method: 'DELETE' as const, path: `${table}/${old}` }];
  return client.batch.run({ body: { operations: [...removal, { method: 'POST', path: table, body }] } });
}
