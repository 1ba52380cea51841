import type { BridgeId, PortId } from '@midonet/topology';
import { arpRequest, tagged, udpFrame } from '../frames.ts';
import type { Scenario, Step } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway, dbGateway } = TENANT;
const stranger = { mac: '02:00:00:00:09:09', ip: '10.0.1.99', ip6: 'fd00:1::99' };

/** The tag of an insertion: priority 1 is from the machine, 2 to it. */
const from = (vlan: number): number => 0x2000 | vlan;
const to = (vlan: number): number => 0x4000 | vlan;

type Services = { readonly net: VirtualNetwork; readonly ids: readonly PortId[] };

/** web1 behind `count` services on a bridge of their own, on the second host, with VLANs 10, 20, … */
function behind(count: number, failOpen = false): Services {
  const net = tenantNetwork();
  const services = net.bridge('services');
  const ids = Array.from({ length: count }, (_, i) => {
    const id = net.vm(services, `fw${i + 1}`, { host: 'host-2' });
    const options = { vlan: 10 * (i + 1), position: i + 1, failOpen };
    net.insertion(`insertion${i + 1}`, [net.idOf('web1') as PortId, id], web1.mac, options);
    return id;
  });
  return { net, ids };
}

function one(): VirtualNetwork {
  return behind(1).net;
}

function chained(): VirtualNetwork {
  return behind(3).net;
}

/** The machine's own frames pass as they are: one service, no tag. */
function untagged(): VirtualNetwork {
  const net = tenantNetwork();
  net.insertion('bare', [net.idOf('web1') as PortId, net.vm(net.bridge('services'), 'fw')], web1.mac);
  return net;
}

/** web1 may send from its own addresses alone. */
function guardedBehind(): VirtualNetwork {
  const net = one();
  net.guard(net.idOf('web1') as PortId, `${web1.mac}=${web1.ip}`, `${web1.mac}=${web1.ip6}`);
  return net;
}

function shownToService(): VirtualNetwork {
  const net = untagged();
  const mirror = net.mirror('mirror0', net.idOf('fw') as PortId);
  net.filter(net.idOf('web1') as PortId, { inboundMirrorIds: [mirror] });
  return net;
}

/** Two of three services are down; `failOpen` says whether that matters. */
function broken(failOpen: boolean): VirtualNetwork {
  const { net, ids } = behind(3, failOpen);
  const [first, , last] = ids as [PortId, PortId, PortId];
  net.active(first, false);
  net.admin(last, false);
  return net;
}

/** All of them are down. */
function allDown(): VirtualNetwork {
  const { net, ids } = behind(2, true);
  for (const id of ids) net.active(id, false);
  return net;
}

/** Both ends of a conversation have the same service port, under VLANs of their own; the service is in their bridge. */
function bothEnds(): VirtualNetwork {
  const net = tenantNetwork();
  const service = net.vm(net.idOf('web') as BridgeId, 'fw');
  net.insertion('of web1', [net.idOf('web1') as PortId, service], web1.mac, { vlan: 10 });
  net.insertion('of web2', [net.idOf('web2') as PortId, service], web2.mac, { vlan: 10 });
  return net;
}

/** The filters of web1's port let only answers in, and not all out. */
function filtered(): VirtualNetwork {
  const { net } = behind(1);
  const answers = net.chain('answers', { do: 'accept', connection: 'return' }, { do: 'drop' });
  const out = net.chain('out', { do: 'drop', nwProto: 17, tpDst: [99, 99] });
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: out, outboundFilterId: answers });
  return net;
}

/** The link to the router is inspected, for the router's own address. */
function atLink(): VirtualNetwork {
  const net = tenantNetwork();
  const service = net.vm(net.bridge('services'), 'fw');
  net.insertion('gateway', [net.idOf('gateway-web/bridge') as PortId, service], webGateway.mac, { vlan: 5 });
  return net;
}

const request = udpFrame(web1, web2.mac, web2.ip);
const answer = udpFrame(web2, web1.mac, web1.ip, { ports: [53, 40000] });
const request6 = udpFrame(web1, webGateway.mac, db1.ip6);
const answer6 = udpFrame(db1, dbGateway.mac, web1.ip6, { ports: [53, 40000] });

const steps = (...rows: readonly (readonly [string, string, Uint8Array, ...string[]])[]): Step[] =>
  rows.map(([title, port, frame, ...expect]) => ({ title, port, frame, expect }));

export const INSERTIONS: readonly Scenario[] = [
  {
    name: 'an L2 insertion sends unicast through its service, and takes it back',
    network: one,
    steps: steps(
      ['what the machine sends', 'web1', request, 'forward: push vlan 8202, emit fw1'],
      ['comes back, and goes on', 'fw1', tagged(from(10), request), 'forward: pop vlan, emit web2'],
      ['what is for the machine', 'web2', answer, 'forward: push vlan 16394, emit fw1'],
      ['comes back, and arrives', 'fw1', tagged(to(10), answer), 'forward: pop vlan, emit web1'],
      ['IPv6, to a router', 'web1', request6, 'forward: push vlan 8202, emit fw1'],
      [
        'IPv6 goes on to the router',
        'fw1',
        tagged(from(10), request6),
        'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, pop vlan, ttl-1, emit db1',
      ],
      [
        'IPv6 from a router',
        'db1',
        answer6,
        'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, push vlan 16394, ttl-1, emit fw1',
      ],
      ['broadcasts are not for services', 'web1', arpRequest(web1, '10.0.1.77'), 'forward: emit web2'],
      ['floods to the machine', 'web2', arpRequest(web2, '10.0.1.77'), 'forward: emit web1'],
      [
        'another MAC at the port goes by',
        'web1',
        udpFrame(stranger, web2.mac, web2.ip),
        'forward: emit web2',
        'learn 02:00:00:00:09:09 at web1',
      ],
      ['a tag of its own is in the way', 'web1', tagged(7, request), 'drop insertionTagged by l2Insertion insertion1'],
    ),
  },
  {
    name: 'a service port sends only what it was sent, and gets only that',
    network: one,
    steps: steps(
      ['without a tag', 'fw1', request, 'drop notFromService by port fw1'],
      ['with another tag', 'fw1', tagged(from(11), request), 'drop notFromService by port fw1'],
      ['with no direction', 'fw1', tagged(10, request), 'drop notFromService by port fw1'],
      ['of another machine', 'fw1', tagged(from(10), answer), 'drop notFromService by port fw1'],
      ['the wrong way', 'fw1', tagged(to(10), request), 'drop notFromService by port fw1'],
      ['a broadcast', 'fw1', tagged(from(10), arpRequest(web1, web2.ip)), 'drop notFromService by port fw1'],
      [
        'a tag below the tag',
        'fw1',
        tagged(from(10), tagged(7, request)),
        'drop insertionTagged by l2Insertion insertion1',
      ],
    ),
  },
  {
    name: 'services are passed by position outwards, and back',
    network: chained,
    steps: steps(
      ['out: the first', 'web1', request, 'forward: push vlan 8202, emit fw1'],
      ['out: the second', 'fw1', tagged(from(10), request), 'forward: pop vlan, push vlan 8212, emit fw2'],
      ['out: the third', 'fw2', tagged(from(20), request), 'forward: pop vlan, push vlan 8222, emit fw3'],
      ['out', 'fw3', tagged(from(30), request), 'forward: pop vlan, emit web2'],
      ['in: the third', 'web2', answer, 'forward: push vlan 16414, emit fw3'],
      ['in: the second', 'fw3', tagged(to(30), answer), 'forward: pop vlan, push vlan 16404, emit fw2'],
      ['in: the first', 'fw2', tagged(to(20), answer), 'forward: pop vlan, push vlan 16394, emit fw1'],
      ['in', 'fw1', tagged(to(10), answer), 'forward: pop vlan, emit web1'],
    ),
  },
  {
    name: 'service ports that are down, failing open',
    network: () => broken(true),
    steps: steps(
      ['out', 'web1', request, 'forward: push vlan 8212, emit fw2'],
      ['out, the rest is down', 'fw2', tagged(from(20), request), 'forward: pop vlan, emit web2'],
      ['in', 'web2', answer, 'forward: push vlan 16404, emit fw2'],
      ['in, the rest is down', 'fw2', tagged(to(20), answer), 'forward: pop vlan, emit web1'],
    ),
  },
  {
    name: 'service ports that are down, failing closed',
    network: () => broken(false),
    steps: steps(
      ['out', 'web1', request, 'drop serviceDown by l2Insertion insertion1'],
      ['out, the rest', 'fw2', tagged(from(20), request), 'drop serviceDown by l2Insertion insertion3'],
      ['in', 'web2', answer, 'drop serviceDown by l2Insertion insertion3'],
      ['in, the rest', 'fw2', tagged(to(20), answer), 'drop serviceDown by l2Insertion insertion1'],
      ['broadcasts go on', 'web1', arpRequest(web1, '10.0.1.77'), 'forward: emit web2'],
    ),
  },
  {
    name: 'all services are down, failing open',
    network: allDown,
    steps: steps(['out', 'web1', request, 'forward: emit web2'], ['in', 'web2', answer, 'forward: emit web1']),
  },
  {
    name: 'an L2 insertion without VLAN',
    network: untagged,
    steps: steps(
      ['out', 'web1', request, 'forward: emit fw'],
      ['back from the service', 'fw', request, 'forward: emit web2'],
      ['in', 'web2', answer, 'forward: emit fw'],
      ['in, back from the service', 'fw', answer, 'forward: emit web1'],
      ['tags of the machine pass', 'web1', tagged(7, request), 'forward: emit fw'],
      ['strangers do not', 'fw', udpFrame(stranger, web2.mac, web2.ip), 'drop notFromService by port fw'],
    ),
  },
  {
    name: 'both ends have the same service, in their own bridge',
    network: bothEnds,
    steps: steps(
      ['from web1', 'web1', request, 'forward: push vlan 8202, emit fw'],
      ['then to web2', 'fw', tagged(from(10), request), 'forward: pop vlan, push vlan 16394, emit fw'],
      ['and out', 'fw', tagged(to(10), request), 'forward: pop vlan, emit web2'],
      ['floods leave the service out', 'web1', arpRequest(web1, '10.0.1.77'), 'forward: emit web2'],
      [
        'unknown unicast meets it where it may arrive',
        'web1',
        udpFrame(stranger, '02:00:00:00:09:0a', '10.0.1.98'),
        'forward: emit web2',
        'learn 02:00:00:00:09:09 at web1',
      ],
    ),
  },
  {
    name: 'filters of the port are behind the service, seen from the machine',
    network: filtered,
    steps: [
      ...steps(
        [
          'out: the service first',
          'web1',
          udpFrame(web1, web2.mac, web2.ip, { ports: [1, 99] }),
          'forward: push vlan 8202, emit fw1',
        ],
        [
          'then the filter, as of the port',
          'fw1',
          tagged(from(10), udpFrame(web1, web2.mac, web2.ip, { ports: [1, 99] })),
          'drop chainDrop by rule out:1',
        ],
        [
          'connections begin behind the service; all its hosts are told',
          'fw1',
          tagged(from(10), request),
          'forward: pop vlan, emit web2',
          'open web1 > web2, fw1, web1 at web: 17 10.0.1.11:40000 > 10.0.1.12:53',
        ],
        ['in: the filter first', 'web2', answer, 'drop chainDrop by rule answers:2'],
      ),
      {
        title: 'answers go to the service',
        port: 'web2',
        frame: answer,
        after: [{ port: 'fw1', frame: tagged(from(10), request) }],
        expect: ['forward: push vlan 16394, emit fw1'],
      },
      ...steps(['and arrive', 'fw1', tagged(to(10), answer), 'forward: pop vlan, emit web1']),
    ],
  },
  {
    name: 'an L2 insertion at a link to a router',
    network: atLink,
    steps: steps(
      ['to the router', 'web1', request6, 'forward: push vlan 16389, emit fw'],
      [
        'routed when it comes back',
        'fw',
        tagged(to(5), request6),
        'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, pop vlan, ttl-1, emit db1',
      ],
      [
        'from the router',
        'db1',
        answer6,
        'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, push vlan 8197, ttl-1, emit fw',
      ],
      [
        'and on',
        'fw',
        tagged(from(5), udpFrame({ ...db1, mac: webGateway.mac }, web1.mac, web1.ip6, { ports: [53, 40000] })),
        'forward: pop vlan, emit web1',
      ],
    ),
  },
  {
    name: 'a guarded port behind services',
    network: guardedBehind,
    steps: steps(
      ['what it may send goes to the service', 'web1', request, 'forward: push vlan 8202, emit fw1'],
      [
        'what it may not send reaches no service',
        'web1',
        udpFrame({ ...web1, ip: stranger.ip }, web2.mac, web2.ip, { ports: [40000, 53] }),
        'drop spoofedAddress by port web1',
      ],
      [
        'what the service made of it goes on',
        'fw1',
        tagged(from(10), udpFrame({ ...web1, ip: stranger.ip }, web2.mac, web2.ip, { ports: [40000, 53] })),
        'forward: pop vlan, emit web2',
      ],
    ),
  },
  {
    name: 'a mirror to a port that serves',
    network: shownToService,
    steps: [
      {
        title: 'what came back is not copied to it again',
        port: 'fw',
        frame: request,
        expect: ['forward: emit web2', 'copy lost for mirror0: portServes'],
      },
    ],
  },
];
