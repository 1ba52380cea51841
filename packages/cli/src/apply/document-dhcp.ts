import { formatMac, parseCidr, parseMac } from '@midonet/packet';
import { networkOf } from '../arguments.ts';
import { address, mac, network, optional, required } from './field-parsers.ts';
import type { YamlPlace } from './yaml-reader.ts';

export type WantedDhcpHost = {
  /** Undefined: it has none, or keeps what it has. */
  readonly name: string | undefined;
  readonly mac: string;
  readonly address: string;
  /** Undefined leaves what is there. */
  readonly options: readonly { readonly optName: string; readonly optValue: string }[] | undefined;
};

export type WantedDhcp = {
  readonly prefix: string;
  readonly length: number;
  readonly enabled: boolean;
  readonly gateway: string | undefined;
  readonly server: string | undefined;
  readonly dns: readonly string[];
  readonly forwarder: string | undefined;
  readonly mtu: number | undefined;
  readonly routes: readonly { readonly prefix: string; readonly length: number; readonly via: string }[];
  readonly hosts: readonly WantedDhcpHost[];
};

export type WantedDhcp6 = {
  readonly prefix: string;
  readonly length: number;
  readonly dns: readonly string[];
  readonly forwarder: string | undefined;
  /** By DUID or MAC, as the API writes it. */
  readonly hosts: readonly {
    readonly client: string;
    readonly address: string;
    readonly name: string | undefined;
    readonly options: WantedDhcpHost['options'];
  }[];
};

export function dhcp([prefix, place]: readonly [string, YamlPlace]): WantedDhcp {
  const subnet = optional(parseCidr(prefix), networkOf) ?? place.fail('is no prefix like 10.0.0.0/24');
  const wanted = {
    prefix: subnet.address,
    length: subnet.length,
    gateway: address(place.field('gateway')),
    server: address(place.field('server')),
    dns: place
      .field('dns')
      .items()
      .map((at) => required(at, address)),
    forwarder: address(place.field('forwarder')),
    mtu: place.field('mtu').whole(),
    routes: place
      .field('routes')
      .items()
      .map((at) => {
        const to = required(at.field('to'), network);
        const via = required(at.field('via'), address);
        at.done();
        return { prefix: to.address, length: to.length, via };
      }),
    hosts: place.field('hosts').entries().map(host),
    enabled: place.field('enabled').flag() ?? true,
  };
  place.done();
  return wanted;
}

/** Under its name with a `mac`, or under its MAC. */
function host([key, at]: readonly [string, YamlPlace]): WantedDhcpHost {
  const own = optional(parseMac(key), formatMac);
  const wanted = {
    name: own === undefined ? key : at.field('name').text(),
    mac: own ?? required(at.field('mac'), mac),
    address: required(at.field('address'), address),
    options: hostOptions(at),
  };
  at.done();
  return wanted;
}

function hostOptions(at: YamlPlace): WantedDhcpHost['options'] {
  const options = at.field('options');
  if (options.isNothing) return undefined;
  return options.entries().map(([optName, value]) => ({ optName, optValue: value.requiredText() }));
}

export function dhcp6([prefix, place]: readonly [string, YamlPlace]): WantedDhcp6 {
  const subnet = optional(parseCidr(prefix), networkOf) ?? place.fail('is no prefix like fd00:1::/64');
  const wanted = {
    prefix: subnet.address,
    length: subnet.length,
    dns: place
      .field('dns')
      .items()
      .map((at) => required(at, address)),
    forwarder: address(place.field('forwarder')),
    hosts: place
      .field('hosts')
      .entries()
      .map(([client, at]) => {
        const own = { address: required(at.field('address'), address), name: at.field('name').text() };
        const one = { client, ...own, options: hostOptions(at) };
        at.done();
        return one;
      }),
  };
  place.done();
  return wanted;
}
