import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '@midonet/flow';
import { ethernet, frame, icmp4, ipv4, tcp, TCP_FLAG, udp, type FramePart, type Icmp4Message } from '@midonet/packet';
import {
  ip4,
  mac,
  outcomeLines,
  runStep,
  TENANT,
  tenantNetwork,
  type VirtualNetwork,
} from '@midonet/simulation/testing';
import type { BridgeId, PortId, RouterId } from '@midonet/topology';

/**
 * What a NAT must do with packets, a test for each requirement of RFC 4787 (UDP), RFC 5382 (TCP) and
 * RFC 5508 (ICMP) that packets show. Ports and timers: the agent's tests. docs/nat.md has the table.
 */

const { web1, db1, webGateway, dbGateway, uplink, provider } = TENANT;
const OUTSIDE = '8.8.8.8';
const OTHER = '9.9.9.9';
/** What machines inside are to the world. */
const EXTERNAL = uplink.ip;
/** Port 8080 of it leads to web1, and so it does from inside. */
const FLOATING = '192.0.2.100';

/** The tenant network behind one external address, with a port forwarded and hairpinning. */
class Nat {
  readonly net: VirtualNetwork = tenantNetwork();

  constructor() {
    const { net } = this;
    net.filter(net.idOf('tenant') as RouterId, {
      inboundFilterId: net.chain(
        'pre',
        { do: 'revSnat' },
        { do: 'dnat', to: [`${web1.ip}:80`], nwDst: `${FLOATING}/32`, tpDst: 8080 },
        { do: 'dnat', to: [`${web1.ip}:7-7`], nwDst: `${FLOATING}/32`, nwProto: 1 },
      ),
      outboundFilterId: net.chain(
        'post',
        { do: 'revDnat' },
        { do: 'snat', to: [`${EXTERNAL}:2000-2003`], nwDstRewritten: true, nwSrc: '10.0.0.0/8' },
        { do: 'snat', to: [`${EXTERNAL}:2000-2003`], outPorts: [net.idOf('uplink') as PortId], nwSrc: '10.0.0.0/8' },
      ),
    });
  }

  /** What becomes of it; what it opens is known from then on. */
  send(port: string, bytes: Uint8Array): Outcome {
    const outcome = runStep(this.net, { port, frame: bytes });
    this.net.connections.take(outcome);
    return outcome;
  }

  lines(port: string, bytes: Uint8Array): string[] {
    return outcomeLines(this.send(port, bytes), (id) => this.net.nameOf(id));
  }

  text(port: string, bytes: Uint8Array): string {
    return this.lines(port, bytes).join('\n');
  }
}

type Ends = { readonly src: string; readonly dst: string };

function inside({ src, dst }: Ends, ...parts: readonly FramePart[]): Uint8Array {
  const fromDb = src === db1.ip;
  const link = ethernet({ dst: mac((fromDb ? dbGateway : webGateway).mac), src: mac((fromDb ? db1 : web1).mac) });
  return frame(link, ipv4({ src: ip4(src), dst: ip4(dst) }), ...parts);
}

function outside({ src, dst }: Ends, ...parts: readonly FramePart[]): Uint8Array {
  const link = ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) });
  return frame(link, ipv4({ src: ip4(src), dst: ip4(dst) }), ...parts);
}

const udpOf = (srcPort: number, dstPort: number): FramePart => udp({ srcPort, dstPort });
const tcpOf = (srcPort: number, dstPort: number, flags: number): FramePart => tcp({ srcPort, dstPort, flags });
const query = (src: string = web1.ip, dst: string = OUTSIDE) => inside({ src, dst }, udpOf(40000, 53));
const echo = (kind: 'echoRequest' | 'echoReply', id: number) => icmp4({ kind, id, sequence: 1 });

/** An ICMP error about a UDP packet of these ends. */
function about(message: Icmp4Message, ends: Ends, ports: readonly [number, number]): FramePart[] {
  const quoted = frame(ipv4({ src: ip4(ends.src), dst: ip4(ends.dst), ttl: 1 }), udpOf(...ports));
  return [icmp4(message), quoted];
}

const UNREACHABLE: Icmp4Message = { kind: 'unreachable', code: 3, mtu: 0 };
const EXPIRED: Icmp4Message = { kind: 'timeExceeded', code: 0 };
const TOO_BIG: Icmp4Message = { kind: 'unreachable', code: 4, mtu: 1400 };
const OURS: Ends = { src: EXTERNAL, dst: OUTSIDE };
const fromOutside = (message: Icmp4Message, src = '198.18.0.1') =>
  outside({ src, dst: EXTERNAL }, ...about(message, OURS, [2000, 53]));

test('RFC 4787 REQ-6: outbound packets find their mapping again, by which it is refreshed', () => {
  const nat = new Nat();
  nat.send('web1', query());
  const again = nat.send('web1', query());
  assert.deepEqual([again.opened.length, again.connections.length], [0, 1]);
  assert.equal(again.connections[0]?.direction, 'original');
});

test('RFC 4787 REQ-6 a: inbound packets find it too', () => {
  const nat = new Nat();
  nat.send('web1', query());
  const answer = nat.send('uplink', outside({ src: OUTSIDE, dst: EXTERNAL }, udpOf(53, 2000)));
  assert.equal(answer.connections[0]?.direction, 'reply');
});

test('RFC 4787 REQ-8, differently: filtering is by address and port, so answers come from where was asked', () => {
  const nat = new Nat();
  nat.send('web1', query());
  const from = (src: string, port: number) => nat.text('uplink', outside({ src, dst: EXTERNAL }, udpOf(port, 2000)));
  assert.match(from(OUTSIDE, 53), /emit web1/);
  assert.match(from(OUTSIDE, 54), /^drop/);
  assert.match(from(OTHER, 53), /^drop/);
});

for (const [rfc, upper] of [
  ['RFC 4787 REQ-9: UDP', udpOf],
  ['RFC 5382 REQ-8: TCP', (srcPort: number, dstPort: number) => tcpOf(srcPort, dstPort, TCP_FLAG.ack)],
] as const) {
  test(`${rfc} between two machines inside turns round, with the external source address and port`, () => {
    const nat = new Nat();
    const there = nat.text('db1', inside({ src: db1.ip, dst: FLOATING }, upper(40000, 8080)));
    assert.match(there, /ipSrc=192\.0\.2\.2, ipDst=10\.0\.1\.11, l4Src=2000, l4Dst=80, .*emit web1/);
    const back = nat.text('web1', inside({ src: web1.ip, dst: EXTERNAL }, upper(80, 2000)));
    assert.match(back, /ipSrc=192\.0\.2\.100, ipDst=10\.0\.2\.21, l4Src=8080, l4Dst=40000, .*emit db1/);
  });
}

test('RFC 4787 REQ-10: no ALG: what a packet carries is not looked at, nor changed', () => {
  const nat = new Nat();
  const payload = new TextEncoder().encode(`INVITE sip:x@${OUTSIDE}\r\nVia: SIP/2.0/UDP ${web1.ip}:5060\r\n`);
  const outcome = nat.send('web1', inside({ src: web1.ip, dst: OUTSIDE }, udpOf(5060, 5060), payload));
  assert.equal(outcome.frame, undefined);
  assert.deepEqual([outcome.verdict.kind, outcome.installable], ['forward', true]);
});

test('RFC 4787 REQ-11: the same packet is translated alike, whatever came between', () => {
  const nat = new Nat();
  const [first] = nat.lines('web1', query());
  nat.send('db1', query(db1.ip));
  nat.send('web1', query(web1.ip, OTHER));
  nat.send('uplink', fromOutside(UNREACHABLE));
  assert.equal(nat.lines('web1', query())[0], first);
});

for (const [rfc, message] of [
  ['RFC 4787 REQ-12: UDP, port unreachable', UNREACHABLE],
  ['RFC 4787 REQ-12 b: UDP, fragmentation needed', TOO_BIG],
  ['RFC 5382 REQ-10, RFC 5508 REQ-6: time exceeded', EXPIRED],
] as const) {
  test(`${rfc}: an ICMP error ends no mapping, opens none and refreshes none`, () => {
    const nat = new Nat();
    nat.send('web1', query());
    const error = nat.send('uplink', fromOutside(message));
    assert.deepEqual([error.verdict.kind, error.opened.length, error.installable], ['forward', 0, false]);
    assert.equal(nat.net.connections.all().length, 1);
    assert.match(nat.text('uplink', outside({ src: OUTSIDE, dst: EXTERNAL }, udpOf(53, 2000))), /emit web1/);
  });
}

test('RFC 4787 REQ-12 a: an ICMP error passes from whoever sends it: routers on the way are strangers', () => {
  for (const src of [OUTSIDE, '198.18.0.1', '203.0.113.77']) {
    const nat = new Nat();
    nat.send('web1', query());
    assert.match(nat.text('uplink', fromOutside(UNREACHABLE, src)), /emit web1/);
  }
});

const big = (dontFragment: boolean): Uint8Array => {
  const link = ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) });
  const header = ipv4({ src: ip4(web1.ip), dst: ip4(OUTSIDE), dontFragment });
  return frame(link, header, udpOf(40000, 53), new Uint8Array(1600));
};

test('RFC 4787 REQ-13: a packet too long with DF is answered with fragmentation needed, quoting what was sent', () => {
  const text = new Nat().text('web1', big(true));
  assert.match(text, /consume icmpError/);
  assert.match(
    text,
    /answer via gateway-web: .*10\.0\.1\.1 > 10\.0\.1\.11 icmp.*fragmentation needed mtu 1450.*10\.0\.1\.11 > 8\.8\.8\.8/,
  );
});

test('RFC 4787 REQ-13 a: without DF it goes on in fragments, in order', () => {
  const { emissions, verdict } = new Nat().send('web1', big(false));
  assert.equal(verdict.kind === 'consume' && verdict.reason, 'fragmented');
  const offsets = emissions.map(({ frame: bytes }) => (((bytes[20] ?? 0) & 0x1f) << 8) | (bytes[21] ?? 0));
  assert.ok(offsets.length > 1 && offsets[0] === 0);
  assert.deepEqual(
    offsets,
    [...offsets].sort((a, b) => a - b),
  );
});

const fragments = (): readonly [Uint8Array, Uint8Array] => {
  const link = ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) });
  const common = { src: ip4(OUTSIDE), dst: ip4(EXTERNAL), id: 77, protocol: 17 } as const;
  return [
    frame(link, ipv4({ ...common, moreFragments: true }), udpOf(53, 2000), new Uint8Array(24)),
    frame(link, ipv4({ ...common, fragmentOffset: 32 }), new Uint8Array(24)),
  ];
};

test('RFC 4787 REQ-14: fragments are translated in order, and those that come early wait for the first', () => {
  const [first, later] = fragments();
  const nat = new Nat();
  nat.send('web1', query());
  assert.match(nat.text('uplink', later), /^blocked on .*fragment/);
  assert.match(nat.text('uplink', first), /ipDst=10\.0\.1\.11, l4Dst=40000, .*emit web1/);
  const after = nat.text('uplink', later);
  assert.match(after, /ipDst=10\.0\.1\.11, .*emit web1/);
  assert.doesNotMatch(after, /l4Dst/);
});

const outgoingFragments = (): readonly [Uint8Array, Uint8Array] => {
  const link = ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) });
  const common = { src: ip4(web1.ip), dst: ip4(OUTSIDE), id: 78, protocol: 17 } as const;
  return [
    frame(link, ipv4({ ...common, moreFragments: true }), udpOf(40000, 53), new Uint8Array(24)),
    frame(link, ipv4({ ...common, fragmentOffset: 32 }), new Uint8Array(24)),
  ];
};

test('RFC 4787 REQ-14: while the first fragment waits for a port of its own, the others wait for it', () => {
  const [first, later] = outgoingFragments();
  const nat = new Nat();
  nat.net.connections.unleased.add(ip4(EXTERNAL));
  assert.match(nat.text('web1', first), /^blocked on .*ports of /);
  const early = nat.send('web1', later);
  assert.deepEqual(
    [early.verdict.kind === 'blocked' && early.verdict.on.map(({ kind }) => kind), early.opened.length],
    [['fragment'], 0],
  );
  nat.net.connections.unleased.clear();
  assert.match(nat.text('web1', first), /ipSrc=192\.0\.2\.2, l4Src=2000, .*emit uplink/);
  assert.match(nat.text('web1', later), /ipSrc=192\.0\.2\.2, .*emit uplink/);
  assert.equal(nat.net.connections.all().length, 1);
});

test('a later fragment of a packet that a rule dropped opens nothing', () => {
  const [first, later] = outgoingFragments();
  const nat = new Nat();
  const inboundFilterId = nat.net.chain('strict', { do: 'revSnat' }, { do: 'drop', nwProto: 17, tpDst: 53 });
  nat.net.filter(nat.net.idOf('tenant') as RouterId, { inboundFilterId });
  assert.match(nat.text('web1', first), /^drop chainDrop/);
  const outcome = nat.send('web1', later);
  assert.deepEqual([outcome.verdict.kind, outcome.opened.length], ['drop', 0]);
  assert.equal(outcome.verdict.kind === 'drop' && outcome.verdict.reason, 'fragmentUnknown');
});

test('RFC 4787 REQ-14 a: a fragment whose first never comes opens nothing and keeps no whole packet waiting', () => {
  const nat = new Nat();
  nat.send('web1', query());
  const lost = nat.send('uplink', fragments()[1]);
  assert.deepEqual([lost.verdict.kind, lost.opened.length], ['blocked', 0]);
  assert.match(nat.text('uplink', outside({ src: OUTSIDE, dst: EXTERNAL }, udpOf(53, 2000))), /emit web1/);
});

test('RFC 5382 REQ-2: a connection begun inside: SYN, SYN and ACK, ACK, data, FIN', () => {
  const nat = new Nat();
  const out = (flags: number) => nat.text('web1', inside({ src: web1.ip, dst: OUTSIDE }, tcpOf(40000, 443, flags)));
  const back = (flags: number) => nat.text('uplink', outside({ src: OUTSIDE, dst: EXTERNAL }, tcpOf(443, 2000, flags)));
  const { syn, ack, fin, psh } = TCP_FLAG;
  for (const flags of [syn, ack, ack | psh, ack | fin]) assert.match(out(flags), /ipSrc=192\.0\.2\.2, l4Src=2000/);
  for (const flags of [syn | ack, ack, ack | fin]) assert.match(back(flags), /ipDst=10\.0\.1\.11, l4Dst=40000/);
});

test('RFC 5382 REQ-2: one begun outside, where a port is forwarded', () => {
  const nat = new Nat();
  const { syn, ack } = TCP_FLAG;
  const there = nat.text('uplink', outside({ src: OUTSIDE, dst: FLOATING }, tcpOf(5000, 8080, syn)));
  assert.match(there, /ipDst=10\.0\.1\.11, l4Dst=80/);
  const back = nat.text('web1', inside({ src: web1.ip, dst: OUTSIDE }, tcpOf(80, 5000, syn | ack)));
  assert.match(back, /ipSrc=192\.0\.2\.100, l4Src=8080/);
});

test('RFC 5382 REQ-2 a: a simultaneous open: a SYN from where a SYN has gone passes', () => {
  const nat = new Nat();
  nat.send('web1', inside({ src: web1.ip, dst: OUTSIDE }, tcpOf(40000, 443, TCP_FLAG.syn)));
  const crossing = outside({ src: OUTSIDE, dst: EXTERNAL }, tcpOf(443, 2000, TCP_FLAG.syn));
  assert.match(nat.text('uplink', crossing), /ipDst=10\.0\.1\.11, l4Dst=40000, .*emit web1/);
});

test('RFC 5382 REQ-3, differently: filtering is by address and port', () => {
  const nat = new Nat();
  nat.send('web1', inside({ src: web1.ip, dst: OUTSIDE }, tcpOf(40000, 443, TCP_FLAG.syn)));
  assert.match(nat.text('uplink', outside({ src: OTHER, dst: EXTERNAL }, tcpOf(443, 2000, TCP_FLAG.syn))), /^drop/);
});

test('RFC 5382 REQ-4 a: a SYN that nobody asked for is dropped silently, and does not hinder one going out', () => {
  const nat = new Nat();
  const unsolicited = outside({ src: OUTSIDE, dst: EXTERNAL }, tcpOf(443, 2000, TCP_FLAG.syn));
  const { verdict, emissions, opened } = nat.send('uplink', unsolicited);
  assert.deepEqual([verdict.kind, emissions.length, opened.length], ['drop', 0, 0]);
  const out = nat.text('web1', inside({ src: web1.ip, dst: OUTSIDE }, tcpOf(40000, 443, TCP_FLAG.syn)));
  assert.match(out, /l4Src=2000/);
});

test('RFC 5382 REQ-6, differently: no ALG for FTP either: PORT commands go as they came', () => {
  const nat = new Nat();
  const ftp = inside(
    { src: web1.ip, dst: OUTSIDE },
    tcpOf(40000, 21, TCP_FLAG.ack),
    new TextEncoder().encode('PORT 1'),
  );
  const outcome = nat.send('web1', ftp);
  assert.deepEqual([outcome.frame, outcome.installable], [undefined, true]);
});

test('RFC 5382 REQ-9: destination unreachable about TCP is translated, as for UDP', () => {
  const nat = new Nat();
  nat.send('web1', inside({ src: web1.ip, dst: OUTSIDE }, tcpOf(40000, 443, TCP_FLAG.syn)));
  const quoted = frame(ipv4({ src: ip4(EXTERNAL), dst: ip4(OUTSIDE) }), tcpOf(2000, 443, TCP_FLAG.syn));
  const text = nat.text('uplink', outside({ src: OUTSIDE, dst: EXTERNAL }, icmp4(UNREACHABLE), quoted));
  assert.match(text, /ipDst=10\.0\.1\.11, .*emit web1/);
  assert.match(text, /about \[10\.0\.1\.11 > 8\.8\.8\.8 tcp .*40000 > 443/);
});

test('RFC 5508 REQ-1: an ICMP query begun inside passes, and its reply, with the identifier given back', () => {
  const nat = new Nat();
  assert.match(nat.text('web1', inside({ src: web1.ip, dst: OUTSIDE }, echo('echoRequest', 7))), /icmpId=2000/);
  const reply = outside({ src: OUTSIDE, dst: EXTERNAL }, echo('echoReply', 2000));
  assert.match(nat.text('uplink', reply), /ipDst=10\.0\.1\.11, icmpId=7, .*emit web1/);
});

test('RFC 5508 REQ-3: an error too short to tell what it is about ends here; transport checksums do not matter', () => {
  const nat = new Nat();
  nat.send('web1', query());
  const cut = outside({ src: OUTSIDE, dst: EXTERNAL }, icmp4(UNREACHABLE), new Uint8Array(12));
  assert.doesNotMatch(nat.text('uplink', cut), /emit web1/);
  const [message, quoted] = about(UNREACHABLE, OURS, [2000, 53]) as [FramePart, Uint8Array];
  const spoilt = quoted.slice();
  spoilt.set([0xde, 0xad], 26);
  assert.match(nat.text('uplink', outside({ src: OUTSIDE, dst: EXTERNAL }, message, spoilt)), /emit web1/);
});

test('RFC 5508 REQ-4: an error from outside about no mapping is dropped silently', () => {
  const { verdict, emissions } = new Nat().send('uplink', fromOutside(UNREACHABLE));
  assert.deepEqual([verdict.kind, emissions.length], ['drop', 0]);
});

test('RFC 5508 REQ-4 a, b, c: else it quotes the packet as it was sent, keeps type and code, and goes to its sender', () => {
  const nat = new Nat();
  nat.send('web1', query());
  const text = nat.text('uplink', fromOutside(TOO_BIG));
  assert.match(text, /ipDst=10\.0\.1\.11/);
  assert.match(text, /fragmentation needed mtu 1400 .*about \[10\.0\.1\.11 > 8\.8\.8\.8 udp .*40000 > 53/);
});

test('RFC 5508 REQ-5: an error from inside leaves with the external address and quotes what the outside knows', () => {
  const nat = new Nat();
  nat.send('web1', query());
  nat.send('uplink', outside({ src: OUTSIDE, dst: EXTERNAL }, udpOf(53, 2000)));
  const error = about(UNREACHABLE, { src: OUTSIDE, dst: web1.ip }, [53, 40000]);
  const text = nat.text('web1', inside({ src: web1.ip, dst: OUTSIDE }, ...error));
  assert.match(text, /ipSrc=192\.0\.2\.2, .*emit uplink/);
  assert.match(text, /about \[8\.8\.8\.8 > 192\.0\.2\.2 udp .*53 > 2000/);
});

test('RFC 5508 REQ-7: a query between two machines inside turns round, and so does an error about it', () => {
  const nat = new Nat();
  const there = nat.text('db1', inside({ src: db1.ip, dst: FLOATING }, echo('echoRequest', 9)));
  assert.match(there, /ipSrc=192\.0\.2\.2, ipDst=10\.0\.1\.11, .*emit web1/);
  nat.send('db1', inside({ src: db1.ip, dst: FLOATING }, udpOf(40000, 8080)));
  const error = about(UNREACHABLE, { src: EXTERNAL, dst: web1.ip }, [2000, 80]);
  const text = nat.text('web1', inside({ src: web1.ip, dst: EXTERNAL }, ...error));
  assert.match(text, /ipSrc=192\.0\.2\.100, ipDst=10\.0\.2\.21, .*emit db1/);
  assert.match(text, /about \[10\.0\.2\.21 > 192\.0\.2\.100 udp .*40000 > 8080/);
});

test('RFC 5508 REQ-8: without a port left a packet is dropped, counted as natExhausted, and its sender is told "prohibited"', () => {
  const nat = new Nat();
  for (let port = 0; port < 4; port++) {
    nat.send('web1', inside({ src: web1.ip, dst: OUTSIDE }, udpOf(41000 + port, 53)));
  }
  const text = nat.text('db1', query(db1.ip));
  assert.match(text, /^drop natExhausted/);
  assert.match(text, /answer via gateway-db: .*10\.0\.2\.1 > 10\.0\.2\.21 icmp.*prohibited.*10\.0\.2\.21 > /);
});

test('RFC 5508 REQ-10: time exceeded passes inwards, and is sent for packets whose TTL ends at the NAT', () => {
  const nat = new Nat();
  nat.send('web1', query());
  assert.match(nat.text('uplink', fromOutside(EXPIRED)), /ttl exceeded/);
  const link = ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) });
  const last = frame(link, ipv4({ src: ip4(web1.ip), dst: ip4(OUTSIDE), ttl: 1 }), udpOf(40000, 53));
  assert.match(nat.text('web1', last), /answer via gateway-web: .*10\.0\.1\.1 > 10\.0\.1\.11 icmp.*ttl exceeded/);
});

test('RFC 5508 REQ-11: ICMP that is neither query nor error passes out, and opens no mapping', () => {
  const nat = new Nat();
  const router = inside(
    { src: web1.ip, dst: OUTSIDE },
    Uint8Array.from([13, 0, 0, 0, 0, 1, 0, 1, ...new Uint8Array(12)]),
  );
  router[23] = 1;
  const { opened } = nat.send('web1', router);
  assert.deepEqual(opened, []);
});

test('RFC 4787 REQ-1, twice: a packet that passes the NAT once more gets another port, and both are answered', () => {
  const net = tenantNetwork();
  const tenant = net.idOf('tenant') as RouterId;
  const outer = '192.0.2.60';
  const turn = net.router('turn');
  const turned = net.attach(turn, net.idOf('db') as BridgeId, 'turned', {
    ...{ mac: '02:00:00:00:0e:01', addresses: ['10.0.2.99/24'] },
  });
  net.learn(net.idOf('db') as BridgeId, '02:00:00:00:0e:01', undefined);
  net.route(turn, `${OUTSIDE}/32`, { via: turned, gateway: dbGateway.ip });
  net.neighbour(turn, turned, dbGateway.ip, dbGateway.mac);
  const [inner, up] = [net.idOf('gateway-db') as PortId, net.idOf('uplink') as PortId];
  net.route(tenant, `${OUTSIDE}/32`, { via: inner, gateway: '10.0.2.99', source: '10.0.0.0/8' });
  net.neighbour(tenant, inner, '10.0.2.99', '02:00:00:00:0e:01');
  net.route(tenant, `${OUTSIDE}/32`, { via: up, gateway: provider.ip, source: `${outer}/32` });
  net.filter(tenant, { outboundFilterId: net.chain('post', { do: 'snat', to: [`${outer}:2000-2003`] }) });
  const { opened } = runStep(net, { port: 'web1', frame: query() });
  assert.deepEqual(
    opened.filter(({ device }) => device === tenant).map(({ original, reply }) => [original.srcPort, reply.dstPort]),
    [
      [40000, 2000],
      [2000, 2001],
    ],
  );
});
