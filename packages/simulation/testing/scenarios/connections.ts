import { ethernet, frame, icmp4, icmp6, ipv4, ipv6, udp } from '@midonet/packet';
import type { BridgeId, PortId, RouterId } from '@midonet/topology';
import { arpRequest, echoFrame, udpFrame } from '../frames.ts';
import { ip4, ip6, mac } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway, dbGateway } = TENANT;

/** A machine that may ask anybody and is asked by nobody: only its outbound chain, for what it gets, has rules. */
function guarded(): VirtualNetwork {
  const net = tenantNetwork();
  const answers = net.chain(
    'answers',
    { do: 'accept', connection: 'return' },
    { do: 'accept', dlType: 0x0806 },
    { do: 'drop' },
  );
  net.filter(net.idOf('web1') as PortId, { outboundFilterId: answers });
  return net;
}

/** The same on the router between them: from web to db, and back only what answers. */
function oneWay(): VirtualNetwork {
  const net = tenantNetwork();
  const forward = net.chain(
    'forward',
    { do: 'accept', connection: 'return' },
    { do: 'accept', inPorts: [net.idOf('gateway-web') as PortId] },
    { do: 'reject' },
  );
  net.filter(net.idOf('tenant') as RouterId, { forwardChainId: forward });
  return net;
}

function guardedBridge(): VirtualNetwork {
  const net = tenantNetwork();
  const inbound = net.chain('in', { do: 'drop', connection: 'return' });
  net.filter(net.idOf('web') as BridgeId, { inboundFilterId: inbound });
  return net;
}

/** A machine of an unknown MAC behind a port that may only answer. */
const unlearned = { mac: '02:00:00:00:01:7f', ip: '10.0.1.127' };
const askUnlearned = { port: 'web1', frame: udpFrame(web1, unlearned.mac, unlearned.ip) };

function answersOnly(): VirtualNetwork {
  const net = tenantNetwork();
  const answers = net.chain('answers', { do: 'accept', connection: 'return' }, { do: 'drop' });
  net.filter(net.idOf('web2') as PortId, { inboundFilterId: answers });
  return net;
}

const ask = { port: 'web1', frame: udpFrame(web1, webGateway.mac, db1.ip) };
const ask6 = { port: 'web1', frame: udpFrame(web1, webGateway.mac, db1.ip6) };
const ping = { port: 'web1', frame: echoFrame(web1, webGateway.mac, db1.ip) };
const TO_WEB = 'ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit web1';
const TO_DB = 'ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1';

/** What `db1`'s kernel says to a datagram for a port that nobody has. */
const portUnreachable = frame(
  ethernet({ dst: mac(dbGateway.mac), src: mac(db1.mac) }),
  ipv4({ src: ip4(db1.ip), dst: ip4(web1.ip) }),
  icmp4({ kind: 'unreachable', code: 3, mtu: 0 }),
  frame(ipv4({ src: ip4(web1.ip), dst: ip4(db1.ip) }), udp({ srcPort: 40000, dstPort: 53 })),
);
const portUnreachable6 = frame(
  ethernet({ dst: mac(dbGateway.mac), src: mac(db1.mac) }),
  ipv6({ src: ip6(db1.ip6), dst: ip6(web1.ip6) }),
  icmp6({ kind: 'unreachable', code: 4 }),
  frame(ipv6({ src: ip6(web1.ip6), dst: ip6(db1.ip6) }), udp({ srcPort: 40000, dstPort: 53 })),
);

const echoReply = frame(
  ethernet({ dst: mac(dbGateway.mac), src: mac(db1.mac) }),
  ipv4({ src: ip4(db1.ip), dst: ip4(web1.ip) }),
  icmp4({ kind: 'echoReply', id: 7, sequence: 1 }),
);

export const CONNECTION_SCENARIOS: readonly Scenario[] = [
  {
    name: 'connections: a port that may only answer, asked by a flood',
    network: answersOnly,
    steps: [
      {
        title: 'the question',
        ...askUnlearned,
        expect: ['forward: emit web2', 'open web1 > web2 at web: 17 10.0.1.11:40000 > 10.0.1.127:53'],
      },
      {
        title: 'its answer',
        port: 'web2',
        frame: udpFrame({ ...web2, ...unlearned }, web1.mac, web1.ip, { ports: [53, 40000] }),
        after: [askUnlearned],
        expect: ['forward: emit web1', 'learn 02:00:00:00:01:7f at web2'],
      },
      {
        title: 'no answer to anything',
        port: 'web2',
        frame: udpFrame({ ...web2, ...unlearned }, web1.mac, web1.ip, { ports: [53, 40000] }),
        expect: ['drop chainDrop by rule answers:2'],
      },
    ],
  },
  {
    name: 'connections: a port that takes answers only',
    network: guarded,
    steps: [
      {
        title: 'asking is followed though no rule is met on the way out',
        ...ask,
        expect: [`forward: ${TO_DB}`, 'open web1 > db1 at web: 17 10.0.1.11:40000 > 10.0.2.21:53'],
      },
      {
        title: 'the answer passes',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip, { ports: [53, 40000] }),
        after: [ask],
        expect: [`forward: ${TO_WEB}`],
      },
      {
        title: 'a question does not',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip, { ports: [53, 40000] }),
        expect: ['drop chainDrop by rule answers:3'],
      },
      {
        title: 'nor an answer from another port',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip, { ports: [54, 40000] }),
        after: [ask],
        expect: ['drop chainDrop by rule answers:3'],
      },
      {
        title: 'IPv6: the answer passes',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip6, { ports: [53, 40000] }),
        after: [ask6],
        expect: [`forward: ${TO_WEB}`],
      },
      {
        title: 'an error about the question passes',
        port: 'db1',
        frame: portUnreachable,
        after: [ask],
        expect: [`forward: ${TO_WEB}`],
      },
      {
        title: 'IPv6: an error about the question passes',
        port: 'db1',
        frame: portUnreachable6,
        after: [ask6],
        expect: [`forward: ${TO_WEB}`],
      },
      {
        title: 'an error about nothing does not',
        port: 'db1',
        frame: portUnreachable,
        expect: ['drop chainDrop by rule answers:3'],
      },
      {
        title: 'an echo reply passes after its request',
        port: 'db1',
        frame: echoReply,
        after: [ping],
        expect: [`forward: ${TO_WEB}`],
      },
      {
        title: 'an echo reply out of the blue does not',
        port: 'db1',
        frame: echoReply,
        expect: ['drop chainDrop by rule answers:3'],
      },
      {
        title: 'what the router says to the question passes',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '198.18.7.7', { ttl: 1 }),
        expect: [
          'consume icmpError by router tenant',
          'open web1 >  at web: 17 10.0.1.11:40000 > 198.18.7.7:53',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp ttl exceeded | about [10.0.1.11 > 198.18.7.7 udp ttl 1 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'ARP is no connection',
        port: 'web2',
        frame: arpRequest(web2, web1.ip),
        expect: ['forward: emit web1'],
      },
    ],
  },
  {
    name: 'connections: a router between two networks',
    network: oneWay,
    steps: [
      {
        title: 'forward',
        ...ask,
        expect: [`forward: ${TO_DB}`, 'open web1 > db1 at tenant: 17 10.0.1.11:40000 > 10.0.2.21:53'],
      },
      {
        title: 'back',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip, { ports: [53, 40000] }),
        after: [ask],
        expect: [`forward: ${TO_WEB}`],
      },
      {
        title: 'not from the other side, and nothing is opened by it',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip, { ports: [1, 2] }),
        expect: [
          'consume icmpError by rule forward:3',
          'answer via gateway-db: 02:00:00:00:0a:02 > 02:00:00:00:02:01 ipv4 | 10.0.2.1 > 10.0.2.21 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.2.21 > 10.0.1.11 udp ttl 64 | udp 1 > 2 length 20 | 20 bytes]',
        ],
      },
    ],
  },
  {
    name: 'connections: a bridge that drops answers',
    network: guardedBridge,
    steps: [
      {
        title: 'a question within it',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['forward: emit web2', 'open web1 > web2 at web: 17 10.0.1.11:40000 > 10.0.1.12:53'],
      },
      {
        title: 'its answer',
        port: 'web2',
        frame: udpFrame(web2, web1.mac, web1.ip, { ports: [53, 40000] }),
        after: [{ port: 'web1', frame: udpFrame(web1, web2.mac, web2.ip) }],
        expect: ['drop chainDrop by rule in:1'],
      },
    ],
  },
];
