import { formatMac, type Ip6, type Mac } from '@midonet/packet';
import type { BridgeDevice, Dhcp6Host, Dhcp6Subnet } from '@midonet/topology';

/** What a bridge hands to one client. */
export type Dhcp6Lease = { readonly subnet: Dhcp6Subnet; readonly host: Dhcp6Host };

/** The lease configured for a client's DUID, else for the MAC it sends from. */
export function lease6Of(device: BridgeDevice, clientId: string | undefined, mac: Mac): Dhcp6Lease | undefined {
  for (const id of clientId === undefined ? [formatMac(mac)] : [clientId, formatMac(mac)]) {
    for (const { subnet, hosts } of device.dhcp6) {
      const host = hosts.get(id);
      if (host !== undefined) return { subnet, host };
    }
  }
  return undefined;
}

/** The addresses that are configured for a MAC. */
export function leased6({ dhcp6 }: BridgeDevice, mac: Mac): readonly Ip6[] {
  const id = formatMac(mac);
  return dhcp6.flatMap(({ hosts }) => hosts.get(id)?.address ?? []);
}

/** The forwarder first: it is the nearest. */
export function nameServers6({ dnsForwarder, dnsServers }: Dhcp6Subnet): readonly Ip6[] {
  return dnsForwarder === undefined ? dnsServers : [dnsForwarder, ...dnsServers];
}
