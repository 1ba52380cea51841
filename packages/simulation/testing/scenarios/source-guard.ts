import { ethernet, frame, ipv4 } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import { dhcpClient } from '../dhcp-frames.ts';
import { arpFrame, arpRequest, discovery, solicitation, tagged, udpFrame } from '../frames.ts';
import { ip4, ip6, mac } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, webGateway } = TENANT;
const NOBODY = '00:00:00:00:00:00';
const ALL_NODES = 'ff02::1';
/** What web1 makes of its MAC. */
const LINK_LOCAL = 'fe80::ff:fe00:101';
const second = { mac: '02:00:00:00:01:0b', ip: '10.0.1.77', ip6: 'fd00:1::77' };

/** web1 may send from its own addresses and a network behind it, and from `second`'s MAC with any address. */
function guarded(): VirtualNetwork {
  const net = tenantNetwork();
  const own = [`${web1.mac}=${web1.ip}`, `${web1.mac}=10.9.0.0/16`, `${web1.mac}=${web1.ip6}`];
  net.guard(net.idOf('web1') as PortId, ...own, second.mac);
  net.learn(net.idOf('web') as never, second.mac, net.idOf('web1') as PortId);
  return net;
}

const toWeb2 = { ports: [40000, 53] } as const;
const sent = ['forward: emit web2'];
const dropped = (reason: string): string[] => [`drop ${reason} by port web1`];
const from = (ip: string) => udpFrame({ ...web1, ip }, web2.mac, web2.ip, toWeb2);
const from6 = (source: string) => udpFrame({ ...web1, ip6: source }, web2.mac, web2.ip6, toWeb2);
const advertisement = (
  source: typeof web1 | { mac: string; ip6: string },
  target: string,
  linkLayer: string = web1.mac,
) =>
  discovery(
    source,
    ALL_NODES,
    {
      ...{ kind: 'neighbourAdvertisement', router: false, solicited: false, override: true, target: ip6(target) },
      options: [{ kind: 'targetMac', mac: mac(linkLayer) }],
    },
    web2.mac,
  );

export const SOURCE_GUARD: readonly Scenario[] = [
  {
    name: 'a port with allowed addresses',
    network: guarded,
    steps: [
      { title: 'its own address', port: 'web1', frame: from(web1.ip), expect: sent },
      { title: 'an address of an allowed prefix', port: 'web1', frame: from('10.9.8.7'), expect: sent },
      { title: 'its own IPv6 address', port: 'web1', frame: from6(web1.ip6), expect: sent },
      { title: 'the link-local address of its MAC', port: 'web1', frame: from6(LINK_LOCAL), expect: sent },
      {
        title: 'any address from a MAC without addresses',
        port: 'web1',
        frame: udpFrame({ ...second, ip: '192.0.2.200' }, web2.mac, web2.ip),
        expect: sent,
      },
      {
        title: "a stranger's MAC, which is not learned either",
        port: 'web1',
        frame: udpFrame({ ...web1, mac: web2.mac }, webGateway.mac, web2.ip),
        expect: dropped('spoofedMac'),
      },
      { title: "a neighbour's address", port: 'web1', frame: from(web2.ip), expect: dropped('spoofedAddress') },
      { title: "a neighbour's IPv6 address", port: 'web1', frame: from6(web2.ip6), expect: dropped('spoofedAddress') },
      {
        title: 'a link-local address that is not its own',
        port: 'web1',
        frame: from6('fe80::1'),
        expect: dropped('spoofedAddress'),
      },
      {
        title: 'behind a tag the same',
        port: 'web1',
        frame: tagged(7, from(web2.ip)),
        expect: dropped('spoofedAddress'),
      },
      {
        title: 'a tag within a tag hides the source',
        port: 'web1',
        frame: tagged(7, tagged(8, from(web1.ip))),
        expect: dropped('spoofedAddress'),
      },
      {
        title: 'who is not guarded may do as before',
        port: 'web2',
        frame: udpFrame(web2, web1.mac, web1.ip),
        expect: ['forward: emit web1'],
      },
    ],
  },
  {
    name: 'ARP and neighbour discovery of a guarded port',
    network: guarded,
    steps: [
      { title: 'ARP from itself', port: 'web1', frame: arpRequest(web1, '10.0.1.200'), expect: sent },
      {
        title: 'an ARP probe, which has no sender yet',
        port: 'web1',
        frame: arpRequest({ ...web1, ip: '0.0.0.0' }, '10.0.1.200'),
        expect: sent,
      },
      {
        title: "ARP in a neighbour's name",
        port: 'web1',
        frame: arpFrame('reply', { mac: web1.mac, ip: web2.ip }, { mac: NOBODY, ip: web2.ip }),
        expect: dropped('spoofedNeighbour'),
      },
      {
        title: 'ARP whose sender is not who sends the frame',
        port: 'web1',
        frame: arpInside({ mac: web2.mac, ip: web1.ip }),
        expect: dropped('spoofedNeighbour'),
      },
      { title: 'a solicitation', port: 'web1', frame: solicitation(web1, 'fd00:1::aa'), expect: sent },
      {
        title: 'a solicitation for an address it would like to have',
        port: 'web1',
        frame: discovery({ ...web1, ip6: '::' }, 'ff02::1:ff00:aa', {
          ...{ kind: 'neighbourSolicitation', target: ip6('fd00:1::aa'), options: [] },
        }),
        expect: sent,
      },
      {
        title: "a solicitation that names a stranger's MAC",
        port: 'web1',
        frame: discovery(web1, 'ff02::1:ff00:aa', {
          kind: 'neighbourSolicitation',
          target: ip6('fd00:1::aa'),
          options: [{ kind: 'sourceMac', mac: mac(web2.mac) }],
        }),
        expect: dropped('spoofedNeighbour'),
      },
      {
        title: 'an advertisement of its own address',
        port: 'web1',
        frame: advertisement(web1, web1.ip6),
        expect: sent,
      },
      {
        title: "an advertisement of a neighbour's address",
        port: 'web1',
        frame: advertisement(web1, web2.ip6),
        expect: dropped('spoofedNeighbour'),
      },
      {
        title: "an advertisement of another's MAC",
        port: 'web1',
        frame: advertisement(web1, web1.ip6, web2.mac),
        expect: dropped('spoofedNeighbour'),
      },
    ],
  },
  {
    name: 'servers and routers behind a guarded port',
    network: guarded,
    steps: [
      { title: 'a DHCP client asks', port: 'web1', frame: dhcpClient(web1, 'discover'), expect: sent },
      {
        title: 'no address for anything else',
        port: 'web1',
        frame: from('0.0.0.0'),
        expect: dropped('spoofedAddress'),
      },
      {
        title: 'a DHCP server answers',
        port: 'web1',
        frame: udpFrame(web1, 'ff:ff:ff:ff:ff:ff', '255.255.255.255', { ports: [67, 68] }),
        expect: dropped('rogueDhcpServer'),
      },
      {
        title: 'a DHCPv6 server answers',
        port: 'web1',
        frame: udpFrame({ ...web1, ip6: LINK_LOCAL }, web2.mac, 'fe80::ff:fe00:102', { ports: [547, 546] }),
        expect: dropped('rogueDhcpServer'),
      },
      {
        title: 'a router advertises itself',
        port: 'web1',
        frame: discovery({ ...web1, ip6: LINK_LOCAL }, ALL_NODES, {
          ...{ kind: 'routerAdvertisement', hopLimit: 64, managed: false, otherConfig: false },
          ...{ lifetime: 1800, reachable: 0, retransmit: 0, options: [] },
        }),
        expect: dropped('rogueRouterAdvertisement'),
      },
      {
        title: 'the same from a MAC that may have any address',
        port: 'web1',
        frame: udpFrame(second, 'ff:ff:ff:ff:ff:ff', '255.255.255.255', { ports: [67, 68] }),
        expect: dropped('rogueDhcpServer'),
      },
      {
        title: 'a later fragment counts by its source',
        port: 'web1',
        frame: frame(
          ethernet({ dst: mac(web2.mac), src: mac(web1.mac) }),
          ipv4({ src: ip4(web2.ip), dst: ip4(web1.ip), fragmentOffset: 64, protocol: 17 }),
          new Uint8Array(32),
        ),
        expect: dropped('spoofedAddress'),
      },
    ],
  },
];

/** An ARP reply in a frame of web1's. */
function arpInside(sender: { readonly mac: string; readonly ip: string }): Uint8Array {
  const bytes = arpFrame('reply', sender, { mac: NOBODY, ip: sender.ip });
  bytes.set(frame(ethernet({ dst: mac(web2.mac), src: mac(web1.mac) })).subarray(0, 12));
  return bytes;
}
