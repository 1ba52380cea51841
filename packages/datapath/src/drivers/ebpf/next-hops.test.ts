import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { TunnelKey } from '@midonet/flow';
import { frameOf, ip } from '../../../testing/frames.ts';
import { kernelTestsImpossible, Lab, portFlow, until } from '../../../testing/kernel-lab.ts';
import { ProgramRig, VERDICT, VM } from '../../../testing/program-rig.ts';
import { mapLookup } from '../../kernel/bpf.ts';
import { allocate } from '../../kernel/libc.ts';
import { NetworkNamespace } from '../../kernel/namespace.ts';
import { NextHops } from './next-hops.ts';
import { mapEntries } from './objects.ts';

const skip = kernelTestsImpossible() ?? false;
const KEY = 0x77 as TunnelKey;
/** Each packet asks. */
const ASKS = '0.0.0.0';

let lab: Lab;
let host: string;
let rig: ProgramRig;
let namespace: NetworkNamespace;
let hops: NextHops;

/** Underlay u0 is 192.0.2.1/24, another device u1 198.51.100.1/24; in0 is the device as whose packets routes are asked. */
before(() => {
  if (skip !== false) return;
  lab = new Lab('n');
  host = lab.namespace('h');
  for (const device of ['u0', 'u1', 'in0']) {
    lab.in(host, `ip link add ${device} type veth peer name ${device}-far`);
    lab.in(host, `ip link set ${device} up && ip link set ${device}-far up`);
  }
  lab.in(host, 'ip addr add 192.0.2.1/24 dev u0 && ip addr add 198.51.100.1/24 dev u1');
  lab.in(host, 'ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev u0 nud permanent');
  const path = `/run/netns/${host}`;
  rig = new ProgramRig({}, { path, underlay: ifindex('u0') });
  namespace = new NetworkNamespace(path);
  hops = new NextHops({
    ...{ objects: rig.objects, namespace, device: { name: 'in0', ifindex: ifindex('in0') } },
    failed: (error) => {
      throw error;
    },
  });
  hops.remember();
});

after(async () => {
  if (skip !== false) return;
  hops.close();
  namespace.close();
  rig.close();
  await lab.close();
});

function ifindex(device: string): number {
  return Number(lab.in(host, `cat /sys/class/net/${device}/ifindex`));
}

/** Sends a packet to the peer, and gives what is remembered of the peer then: address of the next hop, ASKS, or nothing. */
function send(peer: string, payload = 100): string | undefined {
  rig.put(portFlow(VM, [{ kind: 'tunnel', peer: ip(peer), key: KEY }]));
  const { verdict } = rig.run('port_ingress', frameOf('udp4', { payload }));
  assert.equal(verdict, VERDICT.redirect, 'the packet leaves in any case');
  return remembered(peer);
}

function remembered(peer: string): string | undefined {
  const map = rig.objects.map('near_peers');
  const [key, value] = [allocate(4), allocate(16)];
  for (let place = 0; place < mapEntries(map); place++) {
    key.view.setUint32(0, place, true);
    assert.equal(mapLookup(map, key.address, value.address), 0);
    const [next, whose] = [value.bytes.slice(0, 4), value.bytes.slice(4, 8)];
    if (whose.join('.') === peer) return next.join('.');
  }
  return undefined;
}

/** Routes to peers in 203.0.113.0/24, and what is remembered of each. */
const ROUTES: readonly { what: string; peer: string; routes?: readonly string[]; next: readonly string[] }[] = [
  { what: 'a neighbour whose MAC nobody knows', peer: '192.0.2.8', next: ['192.0.2.8'] },
  { what: 'a neighbour whose MAC is known', peer: '192.0.2.9', next: ['192.0.2.9'] },
  { what: 'no route', peer: '203.0.113.1', next: [ASKS] },
  { what: 'a gateway', peer: '203.0.113.2', routes: ['203.0.113.2 via 192.0.2.9'], next: ['192.0.2.9'] },
  { what: 'a silent gateway', peer: '203.0.113.3', routes: ['203.0.113.3 via 192.0.2.8'], next: ['192.0.2.8'] },
  { what: 'another device', peer: '203.0.113.4', routes: ['203.0.113.4 via 198.51.100.9'], next: [ASKS] },
  { what: 'another device by itself', peer: '198.51.100.9', next: [ASKS] },
  { what: 'a blackhole', peer: '203.0.113.5', routes: ['blackhole 203.0.113.5'], next: [ASKS] },
  { what: 'a prohibition', peer: '203.0.113.6', routes: ['prohibit 203.0.113.6'], next: [ASKS] },
  { what: 'an IPv6 gateway', peer: '203.0.113.7', routes: ['203.0.113.7 via inet6 fe80::9 dev u0'], next: [ASKS] },
  { what: 'this host itself', peer: '198.51.100.1', next: [ASKS] },
  {
    what: 'a small MTU',
    peer: '203.0.113.8',
    routes: ['203.0.113.8 via 192.0.2.9 mtu 600'],
    next: ['192.0.2.9'],
  },
  {
    what: 'two gateways of equal cost',
    peer: '203.0.113.9',
    routes: ['203.0.113.9 nexthop via 192.0.2.8 nexthop via 192.0.2.9'],
    next: ['192.0.2.8', '192.0.2.9'],
  },
  {
    what: 'two devices of equal cost',
    peer: '203.0.113.10',
    routes: ['203.0.113.10 nexthop via 192.0.2.9 nexthop via 198.51.100.9'],
    next: ['192.0.2.9', ASKS],
  },
  {
    what: 'the table that its source chooses',
    peer: '203.0.113.11',
    routes: ['203.0.113.11 via 192.0.2.8', '203.0.113.11 via 192.0.2.9 table 77'],
    next: ['192.0.2.9'],
  },
];

for (const { what, peer, routes = [], next } of ROUTES) {
  test(`the next hop over ${what} is ${next.join(' or ')}`, { skip }, () => {
    lab.in(host, 'sysctl -qw net.ipv6.conf.u0.disable_ipv6=0');
    for (const route of routes) lab.in(host, `ip route add ${route}`);
    lab.in(host, 'ip rule add from 192.0.2.1 lookup 77');
    try {
      const found = send(peer, 1300);
      assert.ok(next.includes(found ?? 'nothing'), String(found));
      assert.ok(next.includes(send(peer) ?? 'nothing'), 'the second packet goes by what the first learned');
    } finally {
      lab.in(host, 'ip rule del from 192.0.2.1 lookup 77');
    }
  });
}

test('a packet that is too long for its way says nothing about the others', { skip }, () => {
  assert.equal(send('192.0.2.50', 3000), '192.0.2.50');
});

test('a route that changes is heeded soon', { skip }, async () => {
  const peer = '203.0.113.77';
  lab.in(host, `ip route add ${peer} via 192.0.2.8`);
  assert.equal(send(peer), '192.0.2.8');
  lab.in(host, `ip route replace ${peer} via 192.0.2.9`);
  await until('the new gateway', () => send(peer) === '192.0.2.9', 60_000);
  lab.in(host, `ip route del ${peer}`);
  await until('no gateway', () => send(peer) === ASKS, 60_000);
});

test('of peers that share a place the first is remembered while it is in use', { skip }, async () => {
  const [first, second] = ['192.0.2.100', sharesPlaceWith('192.0.2.100')];
  lab.in(host, `ip route replace ${second} via 192.0.2.9`);
  await until(
    'the first to keep its place',
    () => {
      send(first);
      return send(second) === undefined && remembered(first) === first;
    },
    60_000,
  );
  await until('the second to get it once the first is silent', () => send(second) === '192.0.2.9', 60_000);
});

/** As underlay.h places them. */
function sharesPlaceWith(address: string): string {
  const place = (text: string): number => {
    const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
    return Math.imul(a | (b << 8) | (c << 16) | (d << 24), 0x9e3779b1) >>> 20;
  };
  for (let n = 0; n < 1 << 20; n++) {
    const other = `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`;
    if (place(other) === place(address)) return other;
  }
  throw new Error(`nobody shares the place of ${address}`);
}

test(
  'each packet asks while rules may tell packets apart, or the private device does not forward',
  { skip },
  async () => {
    const soon = (next: string): Promise<void> => until(`${next} next`, () => send('192.0.2.60') === next, 60_000);
    await soon('192.0.2.60');
    lab.in(host, 'ip rule add fwmark 7 lookup 77');
    await soon(ASKS);
    lab.in(host, 'ip rule del fwmark 7');
    await soon('192.0.2.60');
    lab.in(host, 'sysctl -qw net.ipv4.conf.in0.forwarding=0');
    await soon(ASKS);
    hops.remember();
    await soon('192.0.2.60');
  },
);

test('forwarding is switched on at the private device alone', { skip }, () => {
  const on = lab.in(host, 'grep -l 1 /proc/sys/net/ipv4/conf/*/forwarding').trim().split('\n');
  assert.deepEqual(on, ['/proc/sys/net/ipv4/conf/in0/forwarding']);
});
