import { ethernet, frame, ipv4, tcp } from '@midonet/packet';
import type { BridgeId, ChainId, PortId, RouterId } from '@midonet/topology';
import { arpRequest, echoFrame, tagged, udpFrame } from '../frames.ts';
import { ip4, mac } from '../literals.ts';
import type { ConditionText, RuleText } from '../rule-literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway, dbGateway } = TENANT;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
const stranger = { mac: '02:00:00:00:0e:0e', ip: '10.0.1.66', ip6: 'fd00:1::66' };

type Filters = Parameters<VirtualNetwork['filter']>[1];
type Hook = keyof Filters;

/** The tenant network with one chain on one hook of a named object. */
function filtered(name: string, hook: Hook, ...rules: readonly RuleText[]): () => VirtualNetwork {
  return () => {
    const net = tenantNetwork();
    net.filter(net.idOf(name) as PortId | BridgeId | RouterId, { [hook]: net.chain('chain', ...rules) });
    return net;
  };
}

const drop = (condition: ConditionText): RuleText => ({ ...condition, do: 'drop' });
const reject = (condition: ConditionText): RuleText => ({ ...condition, do: 'reject' });
const accept = (condition: ConditionText): RuleText => ({ ...condition, do: 'accept' });

function tcpFrame(port: number): Uint8Array {
  return frame(
    ethernet({ dst: mac(web2.mac), src: mac(web1.mac) }),
    ipv4({ src: ip4(web1.ip), dst: ip4(web2.ip) }),
    tcp({ srcPort: 1000, dstPort: port }),
  );
}

/** As Neutron makes them: each port's chains jump to its groups' chains and end in "all but ARP is dropped". */
function securityGroups(): VirtualNetwork {
  const net = tenantNetwork();
  const webs = net.ipAddrGroup('web addresses', web1.ip, web2.ip, web1.ip6, web2.ip6);
  const group = net.chain('group db', accept({ ipAddrGroupSrc: webs, nwProto: 17, tpDst: 5432 }));
  const ping = net.chain('group ping', accept({ nwProto: 1, tpSrc: 8 }), accept({ nwProto: 58, tpSrc: 128 }));
  const inbound = net.chain(
    'db1 in',
    { do: 'jump', to: group },
    { do: 'jump', to: ping },
    drop({ dlType: 0x0806, not: ['dlType'] }),
  );
  net.filter(net.idOf('db1') as PortId, { outboundFilterId: inbound });
  // Nobody speaks for another's MAC or address.
  const own = net.chain(
    'web1 out',
    drop({ dlSrc: web1.mac, not: ['dlSrc'] }),
    accept({ dlType: 0x0806 }),
    drop({ nwSrc: `${web1.ip}/32`, dlType: 0x0800, not: ['nwSrc'] }),
  );
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: own });
  return net;
}

function jumps(): VirtualNetwork {
  const net = tenantNetwork();
  const inner = net.chain('inner', { do: 'return', tpDst: 1 }, accept({ tpDst: 2 }), drop({ tpDst: 3 }));
  const shared = net.chain('shared', { do: 'jump', to: inner }, { do: 'jump', to: inner }, drop({ tpDst: 1 }));
  const outer = net.chain('outer', { do: 'jump', to: shared }, drop({}));
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: outer });
  return net;
}

/** Every chain of 12 jumps twice to the next one: 8,190 entries, were there no end to it. */
function fanOut(): VirtualNetwork {
  const net = tenantNetwork();
  let next: ChainId = net.chain('bottom');
  for (let i = 0; i < 12; i++) next = net.chain(`level ${i}`, { do: 'jump', to: next }, { do: 'jump', to: next });
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: next });
  return net;
}

function vlanNetwork(): VirtualNetwork {
  const net = new VirtualNetwork();
  const bridge = net.bridge('bridge');
  const [a, b] = [net.vm(bridge, 'a'), net.vm(bridge, 'b')];
  net.learn(bridge, web2.mac, b, 5);
  net.learn(bridge, web2.mac, b, 6);
  net.filter(a, { inboundFilterId: net.chain('tags', drop({ vlan: 6 }), drop({ nwDst: '10.0.9.0/24' })) });
  net.filter(bridge, { outboundFilterId: net.chain('untagged', drop({ noVlan: true })) });
  return net;
}

const toWeb2 = udpFrame(web1, web2.mac, web2.ip);
const toDb = udpFrame(web1, webGateway.mac, db1.ip);
const toDb6 = udpFrame(web1, webGateway.mac, db1.ip6);

export const FILTERS: readonly Scenario[] = [
  {
    name: 'chains: security groups',
    network: securityGroups,
    steps: [
      {
        title: 'the service, from the group',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { ports: [1, 5432] }),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'the service over IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip6, { ports: [1, 5432] }),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      { title: 'another port', port: 'web1', frame: toDb, expect: ['drop chainDrop by rule db1 in:3'] },
      {
        title: 'ping from anywhere',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, db1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'ARP reaches the VM',
        port: 'gateway-db',
        direction: 'out',
        frame: arpRequest(dbGateway, db1.ip),
        expect: ['forward: emit db1'],
      },
      {
        title: "another's MAC: dropped and not learned",
        port: 'web1',
        frame: udpFrame(stranger, web2.mac, web2.ip),
        expect: ['drop chainDrop by rule web1 out:1'],
      },
      {
        title: "another's address",
        port: 'web1',
        frame: udpFrame({ ...web1, ip: web2.ip }, webGateway.mac, db1.ip),
        expect: ['drop chainDrop by rule web1 out:3'],
      },
    ],
  },
  {
    name: 'chains: jumps and returns',
    network: jumps,
    steps: [
      {
        title: 'a return goes on behind the jump, twice',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { ports: [9, 1] }),
        expect: ['drop chainDrop by rule shared:3'],
      },
      {
        title: 'an accept leaves all chains',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { ports: [9, 2] }),
        expect: ['forward: emit web2'],
      },
      {
        title: 'a drop in an inner chain',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { ports: [9, 3] }),
        expect: ['drop chainDrop by rule inner:3'],
      },
      {
        title: 'the end of inner chains goes on in outer ones',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { ports: [9, 4] }),
        expect: ['drop chainDrop by rule outer:2'],
      },
    ],
  },
  {
    name: 'chains: jumps that fan out have an end',
    network: fanOut,
    steps: [{ title: 'dropped', port: 'web1', frame: toWeb2, expect: ['drop chainTooLong by chain level 10'] }],
  },
  {
    name: 'chains: port inbound filter rejects',
    network: filtered('web1', 'inboundFilterId', reject({ tpDst: 25 })),
    steps: [
      {
        title: 'a bridge port has no address to answer from',
        port: 'web1',
        frame: tcpFrame(25),
        expect: ['drop chainReject by rule chain:1'],
      },
      {
        title: 'the rest passes: the end of a chain accepts',
        port: 'web1',
        frame: tcpFrame(80),
        expect: ['forward: emit web2'],
      },
    ],
  },
  {
    name: 'chains: router port inbound filter',
    network: filtered('gateway-web', 'inboundFilterId', reject({ nwDst: '10.0.2.0/24' }), drop({ dlType: 0x0806 })),
    steps: [
      {
        title: 'rejected with an answer',
        port: 'web1',
        frame: toDb,
        expect: [
          'consume icmpError by rule chain:1',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 10.0.2.21 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'port filters see ARP too',
        port: 'web1',
        frame: arpRequest(stranger, webGateway.ip),
        expect: ['drop chainDrop by rule chain:2', 'learn 02:00:00:00:0e:0e at web1'],
      },
    ],
  },
  {
    name: 'chains: router port outbound filter',
    network: filtered('gateway-db', 'outboundFilterId', reject({ dlSrc: dbGateway.mac, dlDst: db1.mac, tpDst: 53 })),
    steps: [
      {
        title: 'sees the rewritten frame, answers the original one',
        port: 'web1',
        frame: toDb,
        expect: [
          'consume icmpError by rule chain:1',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 10.0.2.21 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'and lets others go',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, db1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'fragments made here have passed it before',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: 1450 }),
        expect: [
          'consume icmpError by rule chain:1',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 10.0.2.21 udp ttl 64 | udp 40000 > 53 length 1450 | 520 bytes]',
        ],
      },
    ],
  },
  {
    name: 'chains: router inbound filter',
    network: filtered('tenant', 'inboundFilterId', reject({ dlType: 0x0800 }), drop({})),
    steps: [
      {
        title: 'rejects IPv4 with an answer',
        port: 'web1',
        frame: toDb,
        expect: [
          'consume icmpError by rule chain:1',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 10.0.2.21 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      { title: 'drops IPv6', port: 'web1', frame: toDb6, expect: ['drop chainDrop by rule chain:2'] },
      {
        title: "leaves the router's ARP alone",
        port: 'web1',
        frame: arpRequest(web1, webGateway.ip),
        expect: [
          'consume arpReply by router tenant',
          'learn 10.0.1.11 is 02:00:00:00:01:01 at gateway-web',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 arp | arp 10.0.1.1 is-at 02:00:00:00:0a:01 to 10.0.1.11',
        ],
      },
      {
        title: 'is met before routing, for the router itself too',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, webGateway.ip),
        expect: [
          'consume icmpError by rule chain:1',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 10.0.1.1 icmp ttl 64 | icmp echo request id 7 seq 1 | 20 bytes]',
        ],
      },
    ],
  },
  {
    name: 'chains: router forward chain knows both ports',
    network: () => {
      const net = tenantNetwork();
      const rule = { inPorts: [net.idOf('gateway-web') as PortId], outPorts: [net.idOf('gateway-db') as PortId] };
      net.filter(net.idOf('tenant') as RouterId, { forwardChainId: net.chain('web to db', reject(rule)) });
      return net;
    },
    steps: [
      {
        title: 'from web to db',
        port: 'web1',
        frame: toDb6,
        expect: [
          'consume icmpError by rule web to db:1',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 unreachable prohibited | about [fd00:1::11 > fd00:2::21 udp hops 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'from db to web',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit web1'],
      },
      {
        title: 'to the router itself',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, webGateway.ip),
        expect: [
          'consume echoReply by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 | icmp echo reply id 7 seq 1 | 20 bytes',
        ],
      },
    ],
  },
  {
    name: 'chains: router outbound filter',
    network: filtered('tenant', 'outboundFilterId', drop({ nwProto: 17 })),
    steps: [
      { title: 'drops what goes on', port: 'web1', frame: toDb, expect: ['drop chainDrop by rule chain:1'] },
      {
        title: 'is not met by what the router answers',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '203.0.113.9'),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 203.0.113.9 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
    ],
  },
  {
    name: 'chains: local redirect chain',
    network: filtered('tenant', 'localRedirectChainId', drop({})),
    steps: [
      {
        title: "the router's own address",
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, webGateway.ip),
        expect: ['drop chainDrop by rule chain:1'],
      },
      {
        title: 'what passes through',
        port: 'web1',
        frame: toDb,
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
    ],
  },
  {
    name: 'chains: bridge inbound and outbound',
    network: () => {
      const net = tenantNetwork();
      const [web1Id, web2Id] = [net.idOf('web1') as PortId, net.idOf('web2') as PortId];
      const inbound = net.chain('in', drop({ inPorts: [web2Id] }));
      const outbound = net.chain(
        'out',
        drop({ outPorts: [web2Id] }),
        drop({ outPorts: [web1Id], not: ['outPorts'], dlDst: BROADCAST }),
      );
      net.filter(net.idOf('web') as BridgeId, { inboundFilterId: inbound, outboundFilterId: outbound });
      return net;
    },
    steps: [
      {
        title: 'in by a port',
        port: 'web2',
        frame: udpFrame(web2, web1.mac, web1.ip),
        expect: ['drop chainDrop by rule in:1'],
      },
      { title: 'out by a port', port: 'web1', frame: toWeb2, expect: ['drop chainDrop by rule out:1'] },
      {
        title: 'a flood has no egress port',
        port: 'web1',
        frame: udpFrame(web1, BROADCAST, '10.0.1.255'),
        expect: ['drop chainDrop by rule out:2'],
      },
    ],
  },
  {
    name: 'chains: a flood meets the filter of each port',
    network: () => {
      const net = tenantNetwork();
      net.vm(net.idOf('web') as BridgeId, 'web3');
      const noGroups = net.chain('chain', drop({ dlDst: '01:00:00:00:00:00/01:00:00:00:00:00' }));
      net.filter(net.idOf('web2') as PortId, { outboundFilterId: noGroups });
      return net;
    },
    steps: [
      {
        title: 'one port is left out',
        port: 'web1',
        frame: udpFrame(web1, BROADCAST, '10.0.1.255'),
        expect: ['forward: emit web3'],
      },
    ],
  },
  {
    name: 'chains: VLAN-tagged frames',
    network: vlanNetwork,
    steps: [
      {
        title: 'a tag that may pass',
        port: 'a',
        frame: tagged(5, toWeb2),
        expect: ['forward: emit b', 'learn 02:00:00:00:01:01 vlan 5 at a'],
      },
      { title: 'a tag that may not', port: 'a', frame: tagged(6, toWeb2), expect: ['drop chainDrop by rule tags:1'] },
      {
        title: 'an address behind the tag',
        port: 'a',
        frame: tagged(5, udpFrame(web1, web2.mac, '10.0.9.9')),
        expect: ['drop chainDrop by rule tags:2'],
      },
      {
        title: 'no tag',
        port: 'a',
        frame: toWeb2,
        expect: ['drop chainDrop by rule untagged:1', 'learn 02:00:00:00:01:01 at a'],
      },
    ],
  },
  {
    name: 'chains: port groups and the way so far',
    network: () => {
      const net = tenantNetwork();
      const group = net.portGroup('trusted', net.idOf('web1') as PortId);
      const chain = net.chain(
        'chain',
        accept({ portGroup: group }),
        drop({ traversedDevice: net.idOf('web') as BridgeId }),
      );
      net.filter(net.idOf('db1') as PortId, { outboundFilterId: chain });
      return net;
    },
    steps: [
      {
        title: 'a member, two devices away',
        port: 'web1',
        frame: toDb,
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'no member, from that bridge',
        port: 'web2',
        frame: udpFrame(web2, webGateway.mac, db1.ip),
        expect: ['drop chainDrop by rule chain:2'],
      },
    ],
  },
];
