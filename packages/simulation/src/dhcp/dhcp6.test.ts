import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DHCP6_MESSAGE,
  DHCP6_STATUS,
  dhcp6,
  dissect,
  findDhcp6Option,
  formatIp6,
  type Dhcp6,
  type Dhcp6MessageType,
  type Dhcp6Option,
} from '@midonet/packet';
import {
  dhcp6Client,
  discovery,
  ip6,
  runStep,
  TENANT,
  tenantNetwork,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { BridgeId } from '@midonet/topology';
import { dhcp6Reply, SERVER_DUID } from './dhcp6-reply.ts';

const SUBNET = '2001:db8:1::/64';
const web = '00000000-0000-4000-8000-000000000001' as BridgeId;
const lease = {
  subnet: {
    kind: 'dhcp6Subnet' as const,
    bridgeId: web,
    subnet: { address: ip6('2001:db8:1::'), length: 64 },
    dnsServers: [ip6('2001:db8::53')],
  },
  host: {
    kind: 'dhcp6Host' as const,
    bridgeId: web,
    subnet: { address: ip6('2001:db8:1::'), length: 64 },
    clientId: '02:00:00:00:00:01',
    address: ip6('2001:db8:1::11'),
  },
};

const client: Dhcp6Option = { kind: 'clientId', value: Uint8Array.of(0, 3, 0, 1, 2, 0, 0, 0, 0, 1) };
const server: Dhcp6Option = { kind: 'serverId', value: SERVER_DUID };
const other: Dhcp6Option = { kind: 'serverId', value: Uint8Array.of(0, 3, 0, 1, 9) };

function association(iaid: number, ...addresses: string[]): Dhcp6Option {
  const options = addresses.map((text): Dhcp6Option => ({
    kind: 'iaAddress',
    address: ip6(text),
    preferred: 9,
    valid: 9,
    options: [],
  }));
  return { kind: 'iaNa', iaid, renew: 0, rebind: 0, options };
}

function reply(type: Dhcp6MessageType, ...options: Dhcp6Option[]): Dhcp6 | undefined {
  return dhcp6Reply(lease, dhcp6({ type: DHCP6_MESSAGE[type], transaction: 7, options }));
}

/** `iaid: address valid …` of each association, or its status. */
function told(message: Dhcp6 | undefined): string[] {
  return (message?.options ?? []).flatMap((option) => {
    if (option.kind !== 'iaNa') return [];
    const parts = option.options.map((one) => {
      if (one.kind === 'iaAddress') return `${formatIp6(one.address)} ${one.valid}`;
      return one.kind === 'status' ? `status ${one.code}` : one.kind;
    });
    return [`${option.iaid}: ${parts.join(', ')}`];
  });
}

test('an advertisement repeats the client, names the server, and has address, times and name servers', () => {
  const message = reply('solicit', client, association(5));
  assert.deepEqual(message?.options, [
    client,
    server,
    {
      kind: 'iaNa',
      iaid: 5,
      renew: 43_200,
      rebind: 69_120,
      options: [{ kind: 'iaAddress', address: ip6('2001:db8:1::11'), preferred: 86_400, valid: 86_400, options: [] }],
    },
    { kind: 'dnsServers', value: [ip6('2001:db8::53')] },
  ]);
  assert.equal(message.type, DHCP6_MESSAGE.advertise);
});

test("one address for one association; addresses that are not the client's are told to end", () => {
  assert.deepEqual(told(reply('solicit', client, association(1), association(2))), [
    '1: 2001:db8:1::11 86400',
    '2: status 2',
  ]);
  assert.deepEqual(told(reply('rebind', client, association(1, '2001:db8:1::11', '2001:db8:1::7'))), [
    '1: 2001:db8:1::11 86400, 2001:db8:1::7 0',
  ]);
});

test('messages for other servers and without their sender are discarded', () => {
  for (const type of ['request', 'renew', 'release', 'decline', 'informationRequest'] as const) {
    assert.equal(reply(type, client, other), undefined, type);
    assert.ok(reply(type, client, server) !== undefined, type);
  }
  for (const type of ['request', 'renew', 'release', 'decline'] as const) assert.equal(reply(type, client), undefined);
  for (const type of ['solicit', 'rebind', 'confirm'] as const) {
    assert.equal(reply(type, client, server, association(1, '2001:db8:1::11')), undefined, type);
    assert.equal(reply(type, association(1, '2001:db8:1::11')), undefined, type);
  }
  for (const type of ['advertise', 'reply', 'reconfigure'] as const)
    assert.equal(reply(type, client, server), undefined);
});

test('confirm says whether the addresses are on the link', () => {
  const code = (...addresses: string[]): number | undefined =>
    findDhcp6Option(reply('confirm', client, association(1, ...addresses))?.options ?? [], 'status')?.code;
  assert.equal(code('2001:db8:1::99'), DHCP6_STATUS.success);
  assert.equal(code('2001:db8:1::99', '2001:db8:2::1'), DHCP6_STATUS.notOnLink);
  assert.equal(code(), undefined);
});

test('name servers are told to those that ask for them', () => {
  const servers = (...codes: number[]): unknown =>
    findDhcp6Option(reply('informationRequest', { kind: 'requested', codes })?.options ?? [], 'dnsServers')?.value;
  assert.deepEqual(servers(24, 23), [ip6('2001:db8::53')]);
  assert.equal(servers(24), undefined);
});

test("a host's own options win over the subnet's, are typed, and told to those that ask", () => {
  const options = [
    { name: 'domain-search', value: 'a.example, b.example' },
    { name: 'bootfile-url', value: 'http://[2001:db8::1]/boot' },
    { name: 'ntp-server', value: '2001:db8::7 time.example' },
    { name: 'dns-server', value: '2001:db8::99' },
    { name: 'option6:200', value: '0xc0ffee' },
    { name: 'sntp-server', value: 'no address' },
    { name: '3', value: '0x00' },
  ];
  const own = { ...lease, host: { ...lease.host, options } };
  const asked = (...codes: number[]): readonly Dhcp6Option[] => {
    const request = [client, { kind: 'requested', codes } as const];
    const message = dhcp6Reply(
      own,
      dhcp6({ type: DHCP6_MESSAGE.informationRequest, transaction: 7, options: request }),
    );
    return message?.options.slice(2) ?? [];
  };
  const bytes = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
  const told = (code: number): number[] | undefined => {
    const [option, ...more] = asked(code);
    assert.deepEqual(more, []);
    return option?.kind === 'unknown' ? [...option.value] : undefined;
  };
  assert.deepEqual(told(24), bytes('\x01a\x07example\0\x01b\x07example\0'));
  assert.deepEqual(told(59), bytes('http://[2001:db8::1]/boot'));
  const server = [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
  assert.deepEqual(told(56), [0, 1, 0, 16, ...server, 0, 3, 0, 14, ...bytes('\x04time\x07example\0')]);
  assert.deepEqual(told(23), [...server.slice(0, 15), 0x99]);
  assert.deepEqual(told(200), [0xc0, 0xff, 0xee]);
  assert.equal(told(31), undefined, 'no address: left out');
  assert.equal(told(3), undefined, 'steers the exchange');
  assert.equal(asked(23, 24, 59).length, 3);
});

test('temporary addresses and prefixes are refused in so many words', () => {
  const temporary: Dhcp6Option = { kind: 'unknown', code: 4, value: Uint8Array.of(0, 0, 0, 9) };
  const prefix: Dhcp6Option = { kind: 'unknown', code: 25, value: Uint8Array.of(0, 0, 0, 8, 0, 0, 1, 0, 0, 0, 2, 0) };
  const answered = reply('solicit', client, temporary, prefix)?.options.slice(2, 4);
  assert.deepEqual(answered, [
    { kind: 'unknown', code: 4, value: Uint8Array.of(0, 0, 0, 9, 0, 13, 0, 2, 0, 2) },
    { kind: 'unknown', code: 25, value: Uint8Array.of(0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 2, 0, 6) },
  ]);
});

test('who has no lease is told the name servers when it asks for nothing else', () => {
  const net = tenantNetwork();
  net.dhcp6Subnet(net.idOf('web') as BridgeId, SUBNET, ['2001:db8::53']);
  const from = { mac: TENANT.web2.mac, ip: 'fe80::9' };
  const ask = (type: Dhcp6MessageType): Dhcp6 | undefined => {
    const { emissions } = runStep(net, { port: 'web2', frame: dhcp6Client(from, type, [client]) });
    const header = dissect(emissions[0]?.frame ?? new Uint8Array()).find(
      (layer) => layer.header.kind === 'dhcp6',
    )?.header;
    return header?.kind === 'dhcp6' ? header : undefined;
  };
  const servers = findDhcp6Option(ask('informationRequest')?.options ?? [], 'dnsServers')?.value;
  assert.deepEqual(servers, [ip6('2001:db8::53')]);
  assert.equal(ask('solicit'), undefined, 'perhaps a server of the tenant has an address');
});

const solicitation = discovery({ mac: TENANT.web1.mac, ip6: 'fe80::9' }, 'ff02::2', {
  kind: 'routerSolicitation',
  options: [],
});

test('routers advertise what is handed out: addresses, more, and prefixes to make addresses of where none is handed out', () => {
  const flags = (prepare: (net: VirtualNetwork, web: never) => void): string => {
    const net = tenantNetwork();
    prepare(net, net.idOf('web') as never);
    const { emissions } = runStep(net, { port: 'web1', frame: solicitation });
    const header = dissect(emissions[0]?.frame ?? new Uint8Array()).at(-1)?.header;
    assert.ok(header?.kind === 'icmp6' && header.message.kind === 'routerAdvertisement');
    const { managed, otherConfig, options } = header.message;
    const isAutonomous = options.some((option) => option.kind === 'prefix' && option.autonomous);
    return `${managed ? 'M' : '-'}${otherConfig ? 'O' : '-'}${isAutonomous ? 'A' : '-'}`;
  };
  assert.equal(
    flags(() => undefined),
    '--A',
  );
  assert.equal(
    flags((net, web) => net.dhcp6Subnet(web, SUBNET)),
    '--A',
  );
  assert.equal(
    flags((net, web) => net.dhcp6Subnet(web, SUBNET, ['2001:db8::53'])),
    '-OA',
  );
  const withHost =
    (mac: string, prefix = 'fd00:1::/64') =>
    (net: VirtualNetwork, web: never): void => {
      net.dhcp6Subnet(web, prefix, [], 'fd00::53');
      net.dhcp6Host(web, prefix, mac, prefix.replace('/64', '11'));
    };
  assert.equal(flags(withHost(TENANT.web1.mac)), 'MO-');
  assert.equal(flags(withHost('02:00:00:00:00:99')), 'MOA');
  assert.equal(flags(withHost(TENANT.web1.mac, SUBNET)), 'MOA');
});

test('relayed and unreadable messages, and those not to all servers, are left to others', () => {
  const net = tenantNetwork();
  net.dhcp6Subnet(net.idOf('web') as never, SUBNET);
  net.dhcp6Host(net.idOf('web') as never, SUBNET, TENANT.web1.mac, '2001:db8:1::11');
  const sound = dhcp6Client({ mac: TENANT.web1.mac, ip: 'fe80::1' }, 'solicit', [client]);
  assert.equal(runStep(net, { port: 'web1', frame: sound }).verdict.kind, 'consume');
  const relayed = sound.with(62, 12);
  const global = dhcp6Client({ mac: TENANT.web1.mac, ip: '2001:db8::1' }, 'solicit', [client]);
  for (const frame of [relayed, global]) assert.notEqual(runStep(net, { port: 'web1', frame }).verdict.kind, 'consume');
});
