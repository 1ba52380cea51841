import type { DhcpHostDto } from '@midonet/contract';
import type { Session } from '../session.ts';
import type { WantedDhcp } from './document-dhcp.ts';
import { differences, type Change } from './plan.ts';
import { change } from '../objects/change.ts';

type Owner = { readonly id: string; readonly name: string; readonly exists: boolean };

export async function planDhcp(session: Session, bridge: Owner, all: readonly WantedDhcp[]): Promise<Change[]> {
  const { id } = bridge;
  const changes: Change[] = [];
  const subnets = bridge.exists ? await session.client.dhcpSubnets.list({ id }) : [];
  for (const wanted of all) {
    const { prefix, length } = wanted;
    const subnet = `${prefix}_${length}`;
    const what = `DHCP ${prefix}/${length} on bridge ${bridge.name}`;
    const found = subnets.find((one) => one.subnetPrefix === prefix && one.subnetLength === length);
    const body = {
      defaultGateway: wanted.gateway,
      serverAddr: wanted.server,
      dnsServerAddrs: [...wanted.dns],
      dnsForwarderAddr: wanted.forwarder,
      interfaceMTU: wanted.mtu,
      enabled: wanted.enabled,
      opt121Routes: wanted.routes.map((route) => ({
        destinationPrefix: route.prefix,
        destinationLength: route.length,
        gatewayAddr: route.via,
      })),
    };
    if (found === undefined) {
      const made = { ...body, subnetPrefix: prefix, subnetLength: length };
      changes.push({ sign: '+', what, run: (client) => client.dhcpSubnets.create({ id, body: made }) });
    } else {
      const routes = (list: typeof body.opt121Routes): string[] =>
        list.map((one) => `${one.destinationPrefix}/${one.destinationLength} via ${one.gatewayAddr}`);
      const fields = differences(
        { ...found, opt121Routes: routes(found.opt121Routes) },
        { ...body, opt121Routes: routes(body.opt121Routes) },
      );
      const run: Change['run'] = (client) => change(client.dhcpSubnets, { id, subnet }, body, found);
      if (fields.length > 0) changes.push({ sign: '~', what, fields, run });
    }
    const hosts = found === undefined ? [] : await session.client.dhcpHosts.list({ id, subnet });
    changes.push(...planHosts(wanted, { id, subnet, bridge: bridge.name, hosts }));
  }
  return changes;
}

type Place = {
  readonly id: string;
  readonly subnet: string;
  readonly bridge: string;
  readonly hosts: readonly DhcpHostDto[];
};

function planHosts(wanted: WantedDhcp, { id, subnet, bridge, hosts }: Place): Change[] {
  return wanted.hosts.flatMap((host): Change[] => {
    const found = hosts.find((one) => one.macAddr === host.mac);
    const what = `DHCP host ${host.name ?? host.mac} ${host.address} on bridge ${bridge}`;
    const options = host.options === undefined ? {} : { extraDhcpOpts: [...host.options] };
    const body = { ipAddr: host.address, name: host.name, ...options };
    if (found === undefined) {
      const made = { ...body, macAddr: host.mac };
      return [{ sign: '+', what, run: (client) => client.dhcpHosts.create({ id, subnet, body: made }) }];
    }
    const fields = differences(
      { ...found, options: optionTexts(found.extraDhcpOpts) },
      { ipAddr: host.address, name: host.name, options: host.options && optionTexts(host.options) },
    );
    if (fields.length === 0) return [];
    const mac = host.mac.replaceAll(':', '-');
    return [{ sign: '~', what, fields, run: (client) => change(client.dhcpHosts, { id, subnet, mac }, body, found) }];
  });
}

export function optionTexts(options: Readonly<DhcpHostDto['extraDhcpOpts']>): string[] {
  return options.map((one) => `${one.optName}=${one.optValue}`);
}
