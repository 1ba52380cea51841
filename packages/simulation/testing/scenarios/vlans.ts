import { arpRequest, tagged, udpFrame } from '../frames.ts';
import type { Scenario } from '../scenario.ts';
import { VirtualNetwork } from '../virtual-network.ts';

const a = { mac: '02:00:00:00:01:01', ip: '10.0.1.11', ip6: 'fd00:1::11' };
const b = { mac: '02:00:00:00:01:02', ip: '10.0.1.12', ip6: 'fd00:1::12' };
const outside = { mac: '02:00:00:00:0f:01', ip: '10.0.1.99', ip6: 'fd00:1::99' };
const gateway = { mac: '02:00:00:00:0a:01', ip: '10.0.1.1', ip6: 'fd00:1::1' };
const BROADCAST = 'ff:ff:ff:ff:ff:ff';

/**
 * A VLAN-aware bridge between two trunks and two plain bridges, and a router on VLAN 30:
 *
 *     trunk1, trunk2 ── (vab) ── vlan 10 ── red ── vm-red
 *                              ├ vlan 20 ── blue ── vm-blue
 *                              └ vlan 30 ── gateway30 (router)
 */
function vlanNetwork(): VirtualNetwork {
  const net = new VirtualNetwork();
  const vab = net.bridge('vab');
  const red = net.bridge('red');
  const blue = net.bridge('blue');
  const router = net.router('router');
  const trunk1 = net.vm(vab, 'trunk1');
  net.vm(vab, 'trunk2', { host: 'host-2' });
  const [vabRed] = net.linkBridges(vab, red, 'red-link', 10);
  net.linkBridges(vab, blue, 'blue-link', 20);
  net.attach(router, vab, 'gateway30', { mac: gateway.mac, addresses: ['10.0.1.1/24'], vlanId: 30 });
  const vmRed = net.vm(red, 'vm-red');
  net.vm(blue, 'vm-blue');
  net.learn(red, a.mac, vmRed);
  net.learn(vab, a.mac, vabRed, 10);
  net.learn(red, b.mac, net.idOf('red-link/vub') as never);
  net.learn(vab, b.mac, trunk1, 10);
  return net;
}

export const VLANS: readonly Scenario[] = [
  {
    name: 'VLAN-aware bridge',
    network: vlanNetwork,
    steps: [
      {
        title: 'trunk to access: popped',
        port: 'trunk1',
        frame: tagged(10, udpFrame(b, a.mac, a.ip)),
        expect: ['forward: pop vlan, emit vm-red'],
      },
      {
        title: 'access to trunk: pushed',
        port: 'vm-red',
        frame: udpFrame(a, b.mac, b.ip),
        expect: ['forward: push vlan 10, emit trunk1'],
      },
      {
        title: 'broadcast from trunk: both ways',
        port: 'trunk1',
        frame: tagged(10, udpFrame(b, BROADCAST, '255.255.255.255')),
        expect: ['forward: emit trunk2, pop vlan, emit vm-red'],
      },
      {
        title: 'broadcast from access',
        port: 'vm-blue',
        frame: udpFrame(outside, BROADCAST, '255.255.255.255'),
        expect: [
          'forward: push vlan 20, emit trunk1, emit trunk2',
          'learn 02:00:00:00:0f:01 at vm-blue',
          'learn 02:00:00:00:0f:01 vlan 20 at blue-link/vab',
        ],
      },
      {
        title: 'a VLAN without port passes between trunks',
        port: 'trunk1',
        frame: tagged(99, udpFrame(b, a.mac, a.ip)),
        expect: ['forward: emit trunk2', 'learn 02:00:00:00:01:02 vlan 99 at trunk1'],
      },
      {
        title: 'untagged passes between trunks',
        port: 'trunk1',
        frame: udpFrame(b, a.mac, a.ip),
        expect: ['forward: emit trunk2', 'learn 02:00:00:00:01:02 at trunk1'],
      },
      {
        title: 'a foreign tag from the access side',
        port: 'vm-red',
        frame: tagged(20, udpFrame(a, BROADCAST, '255.255.255.255')),
        expect: ['drop vlanMismatch by bridge vab', 'learn 02:00:00:00:01:01 vlan 20 at vm-red'],
      },
      {
        title: 'VLAN 10 does not know the MAC of VLAN 20',
        port: 'trunk1',
        frame: tagged(20, udpFrame(outside, a.mac, a.ip)),
        expect: [
          'forward: emit trunk2, pop vlan, emit vm-blue',
          'learn 02:00:00:00:0f:01 vlan 20 at trunk1',
          'learn 02:00:00:00:0f:01 at blue-link/vub',
        ],
      },
      {
        title: 'ARP for a router on a VLAN',
        port: 'trunk1',
        frame: tagged(30, arpRequest(outside, gateway.ip)),
        expect: [
          'consume arpReply by router router',
          'learn 02:00:00:00:0f:01 vlan 30 at trunk1',
          'learn 10.0.1.99 is 02:00:00:00:0f:01 at gateway30',
          'answer via gateway30: 02:00:00:00:0a:01 > 02:00:00:00:0f:01 arp | arp 10.0.1.1 is-at 02:00:00:00:0a:01 to 10.0.1.99',
        ],
      },
      {
        title: 'a packet for a router on a VLAN',
        port: 'trunk1',
        frame: tagged(30, udpFrame(outside, gateway.mac, '10.0.1.11')),
        expect: [
          'blocked on the MAC of 10.0.1.11 on port gateway30',
          'learn 02:00:00:00:0f:01 vlan 30 at trunk1',
          'answer via gateway30: 02:00:00:00:0a:01 > ff:ff:ff:ff:ff:ff arp | arp who-has 10.0.1.11 tell 10.0.1.1 (02:00:00:00:0a:01)',
        ],
      },
    ],
  },
];
