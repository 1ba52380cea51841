import { formatMac, parseMac } from '@midonet/packet';
import type { YamlPlace } from './yaml-reader.ts';

/** Ports are named `bridge/port`. */
export type WantedInsertion = {
  readonly port: string;
  readonly mac: string;
  readonly service: string;
  readonly vlan: number;
  readonly position: number;
  readonly failOpen: boolean;
};

/** `{ port: red/web, mac: '02:00:00:00:00:01', service: services/fw, vlan: 10, position: 1, failOpen: true }` */
export function insertion(place: YamlPlace): WantedInsertion {
  const mac = place.field('mac').parsed((text) => {
    const value = parseMac(text);
    return value === undefined ? undefined : formatMac(value);
  }, 'a MAC address');
  const wanted = {
    port: place.field('port').requiredText(),
    mac: mac ?? place.fail('needs the mac of the machine'),
    service: place.field('service').requiredText(),
    vlan: place.field('vlan').whole() ?? 0,
    position: place.field('position').whole() ?? 1,
    failOpen: place.field('failOpen').flag() ?? false,
  };
  place.done();
  return wanted;
}
