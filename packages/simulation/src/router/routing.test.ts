import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IP_DST_WORD, IP_SRC_WORD, KEY_LAYOUT, type Outcome } from '@midonet/flow';
import { runStep, stepLines, udpFrame, VirtualNetwork } from '@midonet/simulation/testing';
import type { PortId, RouterId } from '@midonet/topology';

const station = { mac: '02:00:00:00:00:09', ip: '10.1.0.9', ip6: 'fd00:1::9' };
const IN_MAC = '02:00:00:00:00:01';

type Lab = { readonly net: VirtualNetwork; readonly router: RouterId; readonly ports: readonly PortId[] };

/** A router with an ingress port `in` and four uplinks `up0` … `up3`, each with its gateway known. */
function lab(): Lab {
  const net = new VirtualNetwork();
  const router = net.router('router');
  net.uplink(router, 'in', { mac: IN_MAC, addresses: ['10.1.0.1/24', 'fd00:1::1/64'] });
  const ports = [0, 1, 2, 3].map((i) => {
    const addresses = [`192.0.2.${i * 4 + 1}/30`, `2001:db8:${i}::1/64`];
    const port = net.uplink(router, `up${i}`, { mac: `02:00:00:00:01:0${i}`, addresses });
    net.neighbour(router, port, `192.0.2.${i * 4 + 2}`, `02:00:00:00:02:0${i}`);
    net.neighbour(router, port, `2001:db8:${i}::2`, `02:00:00:00:02:0${i}`);
    return port;
  });
  return { net, router, ports };
}

function via({ ports }: Lab, i: number): { via: PortId; gateway: string } {
  const port = ports[i];
  assert.ok(port !== undefined);
  return { via: port, gateway: `192.0.2.${i * 4 + 2}` };
}

function egress(
  { net }: Lab,
  to: string,
  from: Partial<typeof station> = {},
  ports?: readonly [number, number],
): string {
  const frame = udpFrame({ ...station, ...from }, IN_MAC, to, ports === undefined ? {} : { ports });
  const line = stepLines(net, { port: 'in', frame })[0] ?? '';
  return /emit (\S+)/.exec(line)?.[1] ?? line;
}

function outcome({ net }: Lab, to: string): Outcome {
  return runStep(net, { port: 'in', frame: udpFrame(station, IN_MAC, to) });
}

test('the longest prefix wins over the lower weight, then the lower weight', () => {
  const one = lab();
  one.net.route(one.router, '0.0.0.0/0', { ...via(one, 0), weight: 0 });
  one.net.route(one.router, '8.0.0.0/8', { ...via(one, 1), weight: 200 });
  one.net.route(one.router, '8.0.0.0/8', { ...via(one, 2), weight: 100 });
  assert.equal(egress(one, '9.9.9.9'), 'up0');
  assert.equal(egress(one, '8.8.8.8'), 'up2');
});

test('a route for another source gives way to a shorter prefix', () => {
  const one = lab();
  one.net.route(one.router, '0.0.0.0/0', via(one, 0));
  one.net.route(one.router, '8.0.0.0/8', { ...via(one, 1), source: '10.2.0.0/16' });
  assert.equal(egress(one, '8.8.8.8'), 'up0');
  assert.equal(egress(one, '8.8.8.8', { ip: '10.2.3.4' }), 'up1');
});

test('equal routes share flows; one that goes moves only its own', () => {
  const one = lab();
  const ids = [0, 1, 2, 3].map((i) => one.net.route(one.router, '0.0.0.0/0', via(one, i)));
  const before = new Map<number, string>();
  for (let port = 1; port <= 400; port++) before.set(port, egress(one, '8.8.8.8', {}, [port, 53]));
  assert.deepEqual([...new Set(before.values())].sort(), ['up0', 'up1', 'up2', 'up3']);
  const gone = ids[2];
  assert.ok(gone !== undefined);
  one.net.deleteRoute(gone);
  for (const [port, name] of before) {
    const after = egress(one, '8.8.8.8', {}, [port, 53]);
    if (name === 'up2') assert.notEqual(after, 'up2');
    else assert.equal(after, name);
  }
});

test('only the bits that tell routes apart are in the mask', () => {
  const one = lab();
  one.net.route(one.router, '0.0.0.0/0', via(one, 0));
  const { mask, ttlAbove, mtu, tags } = outcome(one, '8.8.8.8');
  // The route to 10.1.0.0/24 parts from 8.8.8.8 at the seventh bit, so 8.0.0.0/7 is what routing reads.
  assert.equal((mask[IP_DST_WORD] ?? 0) >>> 0, 0xff000000, 'the scope check reads the first octet');
  assert.equal((mask[IP_SRC_WORD] ?? 0) >>> 0, 0xff000000);
  assert.equal(mask[KEY_LAYOUT.l4Src.word], 0, 'ports are not read without equal routes');
  assert.equal((mask[KEY_LAYOUT.ipTtl.word] ?? 0) & 0xff00, 0, 'TTL is bounded, not masked');
  assert.equal(ttlAbove, 1);
  assert.equal(mtu, 1450);
  assert.ok(
    tags.some((tag) => tag === `route:${one.router}:8.0.0.0/7`),
    tags.join(' '),
  );
});

test('equal routes read what they hash', () => {
  const one = lab();
  one.net.route(one.router, '0.0.0.0/0', via(one, 0));
  one.net.route(one.router, '0.0.0.0/0', via(one, 1));
  const { mask } = outcome(one, '8.8.8.8');
  assert.equal((mask[KEY_LAYOUT.l4Src.word] ?? 0) >>> 0, 0xffffffff);
  assert.equal((mask[IP_SRC_WORD] ?? 0) >>> 0, 0xffffffff);
});

test('routes of an inactive port are out, and its address still ends here', () => {
  const one = lab();
  one.net.route(one.router, '0.0.0.0/0', { ...via(one, 0), weight: 1 });
  one.net.route(one.router, '0.0.0.0/0', { ...via(one, 1), weight: 2 });
  assert.equal(egress(one, '8.8.8.8'), 'up0');
  one.net.active(one.net.idOf('up0') as PortId, false);
  assert.equal(egress(one, '8.8.8.8'), 'up1');
  assert.equal(egress(one, '192.0.2.1'), 'drop notLocalService by router router');
});
