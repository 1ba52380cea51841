import type { BridgeId, PortId, RouterId } from '@midonet/topology';
import { tagged, udpFrame } from '../frames.ts';
import type { RuleText } from '../rule-literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway } = TENANT;
const a = { mac: '02:00:00:00:01:01', ip: '10.0.1.11', ip6: 'fd00:1::11' };
const b = { mac: '02:00:00:00:01:02', ip: '10.0.1.12', ip6: 'fd00:1::12' };
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

type Filters = Parameters<VirtualNetwork['filter']>[1];
type Hook = keyof Filters;
type Rules = (net: VirtualNetwork) => readonly RuleText[];

/** One chain on one hook of a named object. */
function on(make: () => VirtualNetwork, name: string, hook: Hook, rules: Rules): () => VirtualNetwork {
  return () => {
    const net = make();
    net.filter(net.idOf(name) as PortId | BridgeId | RouterId, { [hook]: net.chain('chain', ...rules(net)) });
    return net;
  };
}

const port = (net: VirtualNetwork, name: string): PortId => net.idOf(name) as PortId;

/** Two trunks of a VLAN-aware bridge, and a machine on VLAN 10. */
function trunks(): VirtualNetwork {
  const net = new VirtualNetwork();
  const vab = net.bridge('vab');
  const red = net.bridge('red');
  const trunk1 = net.vm(vab, 'trunk1');
  net.vm(vab, 'trunk2', { host: 'host-2' });
  const [vabRed] = net.linkBridges(vab, red, 'red-link', 10);
  net.learn(red, a.mac, net.vm(red, 'vm-red'));
  net.learn(vab, a.mac, vabRed, 10);
  net.learn(red, b.mac, port(net, 'red-link/vub'));
  net.learn(vab, b.mac, trunk1, 10);
  return net;
}

const down = (make: () => VirtualNetwork, name: string) => (): VirtualNetwork => {
  const net = make();
  net.admin(port(net, name), false);
  return net;
};

const toWeb2 = { port: 'web1', frame: udpFrame(web1, web2.mac, web2.ip) } as const;
const routed = { port: 'web1', frame: udpFrame(web1, webGateway.mac, db1.ip) } as const;
const outside = { mac: TENANT.provider.mac, ip: '8.8.8.8', ip6: '2001:db8:8::8' };
const fromOutside = udpFrame(outside, TENANT.uplink.mac, web1.ip);
const toRed = udpFrame(b, a.mac, a.ip);

export const L2_TRANSFORM: readonly Scenario[] = [
  {
    name: 'tags changed as a frame comes into a VLAN-aware bridge',
    network: on(trunks, 'trunk1', 'inboundFilterId', () => [
      { do: 'l2Transform', pop: true, push: 10, vlan: 99 },
      { do: 'l2Transform', push: 10, noVlan: true },
    ]),
    steps: [
      {
        title: 'one tag for another',
        port: 'trunk1',
        frame: tagged(99, toRed),
        expect: ['forward: pop vlan, emit vm-red'],
      },
      { title: 'a tag put on', port: 'trunk1', frame: toRed, expect: ['forward: emit vm-red'] },
      { title: 'no rule for it', port: 'trunk1', frame: tagged(10, toRed), expect: ['forward: pop vlan, emit vm-red'] },
    ],
  },
  {
    name: 'tags changed behind a VLAN-aware bridge',
    network: on(trunks, 'vab', 'outboundFilterId', () => [{ do: 'l2Transform', push: 77 }]),
    steps: [
      {
        title: 'to a trunk',
        port: 'vm-red',
        frame: udpFrame(a, b.mac, b.ip),
        expect: ['forward: push vlan 77, emit trunk1'],
      },
      {
        title: 'flooded to trunks',
        port: 'vm-red',
        frame: udpFrame(a, BROADCAST, '255.255.255.255'),
        expect: ['forward: push vlan 77, emit trunk1, emit trunk2'],
      },
    ],
  },
  {
    name: 'a tag taken off in front of a router',
    network: on(tenantNetwork, 'uplink', 'inboundFilterId', () => [{ do: 'l2Transform', pop: true }]),
    steps: [
      {
        title: 'routed',
        port: 'uplink',
        frame: tagged(7, fromOutside),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, pop vlan, ttl-1, emit web1'],
      },
    ],
  },
  {
    name: 'rules behind a change of tags',
    network: on(tenantNetwork, 'web2', 'outboundFilterId', () => [
      { do: 'l2Transform', push: 8, then: 'continue' },
      { do: 'drop', vlan: 8, nwProto: 17, tpDst: 99 },
      { do: 'accept', vlan: 8, nwProto: 17 },
      { do: 'drop' },
    ]),
    steps: [
      { title: 'see the new tag, and what is behind it', ...toWeb2, expect: ['forward: push vlan 8, emit web2'] },
    ],
  },
  {
    name: 'redirected out by another port',
    network: on(tenantNetwork, 'web1', 'inboundFilterId', (net) => [
      { do: 'redirect', to: port(net, 'web2'), push: 30, dlDst: webGateway.mac },
    ]),
    steps: [
      { title: 'with a tag', ...routed, expect: ['forward: push vlan 30, emit web2'] },
      { title: 'others go on', ...toWeb2, expect: ['forward: emit web2'] },
    ],
  },
  {
    name: 'redirected by a router to a port elsewhere',
    network: on(tenantNetwork, 'tenant', 'forwardChainId', (net) => [{ do: 'redirect', to: port(net, 'web2') }]),
    steps: [{ title: 'as it stands', ...routed, expect: ['forward: ttl-1, emit web2'] }],
  },
  {
    name: 'redirected into another port',
    network: on(tenantNetwork, 'web1', 'inboundFilterId', (net) => [
      { do: 'redirect', to: port(net, 'web2'), into: true },
    ]),
    steps: [
      {
        title: 'goes on as if it had come there',
        ...routed,
        expect: [
          'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1',
          'learn 02:00:00:00:01:01 at web2',
        ],
      },
    ],
  },
  {
    name: 'redirected into the port it came by',
    network: on(tenantNetwork, 'web1', 'inboundFilterId', (net) => [
      { do: 'redirect', to: port(net, 'web1'), into: true },
    ]),
    steps: [{ title: 'ends as a loop', ...routed, expect: ['drop loop by port web1'] }],
  },
  {
    name: 'redirected to a port that is down',
    network: down(
      on(tenantNetwork, 'web1', 'inboundFilterId', (net) => [{ do: 'redirect', to: port(net, 'web2') }]),
      'web2',
    ),
    steps: [{ title: 'is dropped there', ...routed, expect: ['drop portDown by port web2'] }],
  },
  {
    name: 'redirected to a port that is down, failing open',
    network: down(
      on(tenantNetwork, 'web1', 'inboundFilterId', (net) => [
        { do: 'redirect', to: port(net, 'web2'), push: 30, failOpen: true },
      ]),
      'web2',
    ),
    steps: [
      {
        title: 'the rule does not apply',
        ...routed,
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
    ],
  },
];
