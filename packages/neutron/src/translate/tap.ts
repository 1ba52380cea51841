import type { Entity, MirrorId, PortMirrored } from '@midonet/topology';
import { isUplink } from '../objects/network.ts';
import type { NeutronPort, TapFlow, TapService } from '../objects/objects.ts';
import { roleOf } from '../objects/port.ts';
import type { NeutronReader } from '../reader.ts';
import { conditionOf } from './rules.ts';

/** A mirror of everything to the service's port; ports that are tapped show it their packets. */
export async function tapServiceTopology(service: TapService, read: NeutronReader): Promise<readonly Entity[]> {
  const { id, port_id: toPortId, name } = service;
  if (!(await isPlugged(service, read))) return [];
  return [{ kind: 'mirror', id, name: name ?? '', toPortId, conditions: [conditionOf({})] }];
}

/** The mirrors that a port shows its packets to: what comes to the machine, and what it was allowed to send. */
export async function mirrorsOf(port: NeutronPort, read: NeutronReader): Promise<PortMirrored> {
  const flows = await read.naming('port', port.id, 'tapFlow');
  const to = new Set<MirrorId>();
  for (const { tap_service_id: id } of flows) {
    const service = to.has(id) ? undefined : await read.get('tapService', id);
    if (service !== undefined && (await isPlugged(service, read))) to.add(id);
  }
  return {
    preOutFilterMirrorIds: tapped(flows, 'IN', to),
    postInFilterMirrorIds: tapped(flows, 'OUT', to),
  };
}

/** The services that are told of packets in a direction; undefined: none. */
export function tapped(
  flows: readonly TapFlow[],
  direction: 'IN' | 'OUT',
  among: ReadonlySet<MirrorId>,
): readonly MirrorId[] | undefined {
  const told = flows.filter((flow) => flow.direction === direction || flow.direction === 'BOTH');
  const ids = new Set(told.map(({ tap_service_id: id }) => id).filter((id) => among.has(id)));
  return ids.size === 0 ? undefined : [...ids].sort();
}

/** Whether the port that gets the copies is one of the topology; a load balancer's has nobody behind it to look at them. */
async function isPlugged({ port_id: id }: TapService, read: NeutronReader): Promise<boolean> {
  const port = await read.get('port', id);
  const network = port && (await read.get('network', port.network_id));
  if (port === undefined || network === undefined || isUplink(network)) return false;
  return !['none', 'remoteSite', 'balancer'].includes(roleOf(port));
}
