import { formatIp, formatMac, type IpAddress, type Mac } from '@midonet/packet';
import type { Walk } from '../walk.ts';
import type { RouterVisit } from './router-visit.ts';

/** Proposes a neighbour row. Also when the same row is known: whoever writes it refreshes it then. */
export function learnNeighbour(walk: Walk, visit: RouterVisit, ip: IpAddress, mac: Mac): boolean {
  const { device, index, ingress } = visit;
  walk.proposals.push({ kind: 'learnNeighbour', routerId: device.router.id, portId: ingress.id, ip, mac });
  if (walk.trace !== undefined) {
    walk.step(index.ref, { kind: 'learn', detail: `${formatIp(ip)} is at ${formatMac(mac)}` });
  }
  return true;
}
