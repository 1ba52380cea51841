import type { Mac } from '@midonet/packet';
import type { L2Insertion, PortId } from '@midonet/topology';
import { derived } from '../cache.ts';

/** What the insertions at a port come to, by which part the port has in them. */
export type Wire =
  | {
      readonly kind: 'inspected';
      /** The services on the wire of a MAC, from the machine outwards. */
      readonly services: ReadonlyMap<Mac, readonly L2Insertion[]>;
    }
  | {
      readonly kind: 'service';
      /** Its frames have no VLAN of ours, and belong to this one. */
      readonly untagged: L2Insertion | undefined;
      /** By `taggedKey`. */
      readonly tagged: ReadonlyMap<number, L2Insertion>;
    };

/** VLAN above the 48 bits of the address. */
export const taggedKey = (vlan: number, mac: Mac): number => vlan * 0x1000000000000 + mac;

const wires = derived((list: readonly L2Insertion[]) => {
  const services = new Map<Mac, L2Insertion[]>();
  for (const one of list) services.set(one.mac, [...(services.get(one.mac) ?? []), one]);
  // Positions of a MAC differ; where two views of a change meet, ids keep all hosts at one order.
  for (const one of services.values()) one.sort((a, b) => a.position - b.position || (a.id < b.id ? -1 : 1));
  const untagged = list.find(({ vlan }) => vlan === 0);
  const tagged = new Map(list.filter(({ vlan }) => vlan !== 0).map((one) => [taggedKey(one.vlan, one.mac), one]));
  return { inspected: { kind: 'inspected', services }, service: { kind: 'service', untagged, tagged } } as const;
});

/** The part that the port has in these insertions, all of which name it. */
export function wireOf(list: readonly L2Insertion[], port: PortId): Wire {
  const both = wires(list);
  return isService(list, port) ? both.service : both.inspected;
}

export function isService(list: readonly L2Insertion[] | undefined, port: PortId): boolean {
  return list?.[0]?.srvPortId === port;
}
