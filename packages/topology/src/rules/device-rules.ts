import type { Bridge, Port, Router } from '../entities.ts';
import type { PortId } from '../ids.ts';
import { indexKey } from '../keys.ts';
import { checkNoBalancer } from './balancer-rules.ts';
import { deleteMirrorsTo } from './mirror-rules.ts';
import type { Refused, WriteList } from './plan.ts';
import { removePortAlone } from './port-rules.ts';
import type { ReadRecorder } from './read-recorder.ts';
import { checkNoRedirect } from './rule-references.ts';
import { removeTracesOf } from './trace-rules.ts';

type Read = ReadRecorder<number>;

/** Deletes a bridge with its ports, DHCP subnets and hosts, static and learned rows. */
export async function deleteBridge(bridge: Bridge, read: Read, list: WriteList): Promise<Refused | undefined> {
  const refusal = await deleteDevice(bridge, read, list);
  if (refusal !== undefined) return refusal;
  for (const kind of ['dhcpSubnet', 'dhcpHost', 'dhcp6Subnet', 'dhcp6Host', 'staticMac', 'staticArp', 'learnedMac']) {
    list.removeBelow(`${kind}/${bridge.id}/`);
  }
  return undefined;
}

/** Deletes a router with its ports and routes, and what it has learned. */
export async function deleteRouter(router: Router, read: Read, list: WriteList): Promise<Refused | undefined> {
  const refusal = checkNoBalancer(router) ?? (await deleteDevice(router, read, list));
  if (refusal !== undefined) return refusal;
  for (const id of await read.below(indexKey('router', router.id, 'route', ''))) list.removeKey(`route/${id}`);
  list.removeBelow(`neighbour/${router.id}/`);
  return undefined;
}

/** The device, its ports and all index rows below it. What points at its ports goes with the device's own rows. */
async function deleteDevice(device: Bridge | Router, read: Read, list: WriteList): Promise<Refused | undefined> {
  const ids = await read.below(indexKey(device.kind, device.id, 'port', ''));
  for (const id of ids) {
    const refusal = await checkNoRedirect(id as PortId, read); // the index has ids of ports
    if (refusal !== undefined) return refusal;
  }
  await removeTracesOf(device.kind, device.id, read, list);
  const ports = await Promise.all(ids.map((id) => read.get('port', id)));
  const there = ports.filter((one): one is Port => one !== undefined);
  const mirrors = await deleteMirrorsTo(there, [`${device.kind}/${device.id}`], read, list);
  for (const port of there) await removePortAlone(port, mirrors, read, list);
  list.remove(device);
  list.removeBelow(`index/${device.kind}/${device.id}/`);
  return undefined;
}
