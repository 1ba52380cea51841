import { inside, type Pair } from './pair.ts';
import { must, succeeds, until } from './shell.ts';
import type { Ends } from './system.ts';

/** Two VMs of one subnet; only answers get to the client. */
export const FIREWALL = { client: '10.8.0.1', server: '10.8.0.2' } as const;

/**
 * Two VMs of one security group, which lets its members in on the ports of CRR, and their pings; the client has
 * another address, that is no member.
 */
export const GROUP = {
  client: '10.13.0.1',
  server: '10.13.0.2',
  stranger: '10.13.255.9',
  members: Array.from({ length: 1000 }, (_, index) => `10.13.${Math.floor(index / 250)}.${(index % 250) + 1}`),
} as const;

/** The client is inside, the server outside; a router between them translates the client's address. */
export const SNAT = {
  inside: '10.9.0.1',
  insideGateway: '10.9.0.254',
  outside: '10.10.0.2',
  /** To this address of the server nothing is translated. */
  untranslated: '10.10.0.3',
  outsideGateway: '10.10.0.254',
  translated: '192.0.2.10',
} as const;

/** Ports that a server of the connection measures listens on, from `port` on. */
export const CRR = { port: 5300, ports: 8 } as const;

/** The client reaches two members, addresses of the server, by one that stands for both; a router between them. */
export const VIP = {
  client: '10.11.0.1',
  clientGateway: '10.11.0.254',
  members: ['10.12.0.2', '10.12.0.3'],
  serverGateway: '10.12.0.254',
  address: '192.0.2.20',
} as const;

/** The client speaks by the member's address, its first, unless it is told to. */
export function groupAddresses(pair: Pair, device: string): void {
  pair.addresses(`${GROUP.client}/16`, `${GROUP.server}/16`, device);
  must(['ip', '-n', pair.vms[0], 'address', 'add', `${GROUP.stranger}/16`, 'dev', device]);
}

/** The server knows the way to the client: sources stay as they are. */
export function vipAddresses(pair: Pair, device: string): void {
  pair.addresses(`${VIP.client}/24`, `${VIP.members[0]}/24`, device);
  must(['ip', '-n', pair.vms[1], 'address', 'add', `${VIP.members[1]}/24`, 'dev', device]);
  for (const to of [`${VIP.address}/32`, '10.12.0.0/24']) {
    must(['ip', '-n', pair.vms[0], 'route', 'add', to, 'via', VIP.clientGateway]);
  }
  must(['ip', '-n', pair.vms[1], 'route', 'add', '10.11.0.0/24', 'via', VIP.serverGateway]);
}

/** The server knows the way to the translated address and none to the client's own. */
export function snatAddresses(pair: Pair, device: string): void {
  pair.addresses(`${SNAT.inside}/24`, `${SNAT.outside}/24`, device);
  must(['ip', '-n', pair.vms[0], 'route', 'add', '10.10.0.0/24', 'via', SNAT.insideGateway]);
  must(['ip', '-n', pair.vms[1], 'route', 'add', `${SNAT.translated}/32`, 'via', SNAT.outsideGateway]);
}

/** What the server sends from the untranslated address finds the way back, and nothing else does. */
export function untranslatedAddress(pair: Pair, device: string): void {
  const server = pair.vms[1];
  must(['ip', '-n', server, 'address', 'add', `${SNAT.untranslated}/24`, 'dev', device]);
  must(['ip', '-n', server, 'rule', 'add', 'from', SNAT.untranslated, 'table', '7']);
  must(['ip', '-n', server, 'route', 'add', 'default', 'via', SNAT.outsideGateway, 'table', '7']);
}

/** Waits until the client gets answers; throws when the server gets through unasked. */
export async function expectFirewall(pair: Pair): Promise<Ends> {
  const [client, server] = pair.vms;
  await until('a ping out of the firewall', () => pings(client, FIREWALL.server));
  if (pings(server, FIREWALL.client)) throw new Error('the firewall lets in what nobody asked for');
  return {
    client: { namespace: client, address: FIREWALL.client },
    server: { namespace: server, address: FIREWALL.server },
  };
}

/** Waits until members reach each other; throws when a stranger gets in, or a member where nobody may. */
export async function expectGroup(pair: Pair): Promise<Ends> {
  const [client, server] = pair.vms;
  await until('a ping in the group', () => pings(client, GROUP.server) && pings(server, GROUP.client));
  if (pings(client, GROUP.server, GROUP.stranger)) throw new Error('the group lets in who is no member');
  return {
    client: { namespace: client, address: GROUP.client },
    server: { namespace: server, address: GROUP.server },
  };
}

/** Waits until the client gets answers, which it cannot without translation. */
export async function expectSnat(pair: Pair): Promise<Ends> {
  const [client, server] = pair.vms;
  await until('a ping through source NAT', () => pings(client, SNAT.outside));
  return {
    client: { namespace: client, address: SNAT.inside },
    server: { namespace: server, address: SNAT.outside },
  };
}

export async function expectRouted(pair: Pair): Promise<Ends> {
  const [client, server] = pair.vms;
  await until('a ping through the router', () => pings(client, SNAT.untranslated));
  return {
    client: { namespace: client, address: SNAT.inside },
    server: { namespace: server, address: SNAT.untranslated },
  };
}

/** Waits until the client reaches both members by their own addresses; that the VIP works, connections show. */
export async function expectVip(pair: Pair): Promise<Ends> {
  const [client, server] = pair.vms;
  for (const member of VIP.members) await until('a ping to a member', () => pings(client, member));
  return {
    client: { namespace: client, address: VIP.client },
    server: { namespace: server, address: VIP.address, listen: '0.0.0.0' },
  };
}

function pings(namespace: string, address: string, from?: string): boolean {
  const source = from === undefined ? [] : ['-I', from];
  return succeeds(inside(namespace, 'ping', '-c', '1', '-W', '1', ...source, address));
}
