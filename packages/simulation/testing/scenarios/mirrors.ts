import { ethernet, frame, icmp4, ipv4, udp } from '@midonet/packet';
import type { BridgeId, MirrorId, PortId, PortMirrored, RouterId } from '@midonet/topology';
import { arpRequest, echoFrame, tagged, udpFrame } from '../frames.ts';
import { ip4, mac } from '../literals.ts';
import type { ConditionText } from '../rule-literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway, uplink, provider } = TENANT;
const FLOATING = '192.0.2.100';

type Shown = {
  readonly at: string;
  readonly places: readonly (keyof PortMirrored)[];
  readonly conditions?: readonly ConditionText[];
};

/** The tenant network, and a port `tap` on a bridge of its own that gets copies of what is shown there. */
function tapped(shown: readonly Shown[], change: (net: VirtualNetwork, tap: PortId) => void = () => undefined) {
  return (): VirtualNetwork => {
    const net = tenantNetwork();
    const tap = net.vm(net.bridge('watch'), 'tap');
    for (const [i, { at, places, conditions = [] }] of shown.entries()) {
      const mirror = net.mirror(`mirror${i}`, tap, ...conditions);
      const attached: Partial<Record<keyof PortMirrored, readonly MirrorId[]>> = {};
      for (const place of places) attached[place] = [mirror];
      net.filter(net.idOf(at) as PortId, attached);
    }
    change(net, tap);
    return net;
  };
}

const everything = tapped([{ at: 'web1', places: ['inboundMirrorIds', 'outboundMirrorIds'] }]);

const routed = 'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1';
const asRouted = 'ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit tap';

/** Drops what leaves web1 on its way in, or comes to it on its way out. */
function dropping(side: 'inboundFilterId' | 'outboundFilterId') {
  return (net: VirtualNetwork): void => {
    net.filter(net.idOf('web1') as PortId, {
      [side]: net.chain('closed', { do: 'drop', nwProto: 17, dlType: 0x0800 }),
    });
  };
}

/** The router has a floating address for web1, and shows what it gets and what it sends on. */
const translating = tapped([{ at: 'tenant', places: ['inboundMirrorIds', 'outboundMirrorIds'] }], (net) => {
  net.filter(net.idOf('tenant') as RouterId, {
    inboundFilterId: net.chain('pre', { do: 'dnat', to: [web1.ip], nwDst: `${FLOATING}/32` }),
    outboundFilterId: net.chain('post', {
      do: 'snat',
      to: [FLOATING],
      nwSrc: `${web1.ip}/32`,
      outPorts: [net.idOf('uplink') as PortId],
    }),
  });
});

const fromOutside = (to: string): Uint8Array =>
  udpFrame({ mac: provider.mac, ip: '8.8.8.8', ip6: '2001:db8:8::8' }, uplink.mac, to);

/** About a packet that web1 sent and that left with its floating address. */
const unreachable = frame(
  ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) }),
  ipv4({ src: ip4('198.18.0.1'), dst: ip4(FLOATING) }),
  icmp4({ kind: 'unreachable', code: 1, mtu: 0 }),
  frame(ipv4({ src: ip4(FLOATING), dst: ip4('8.8.8.8'), ttl: 1 }), udp({ srcPort: 40000, dstPort: 53 })),
);

export const MIRRORS: readonly Scenario[] = [
  {
    name: 'mirrors of a port',
    network: everything,
    steps: [
      {
        title: 'what the machine sends, as it sent it',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip),
        expect: [routed, 'copy: emit tap'],
      },
      {
        title: 'what it gets, as it gets it',
        port: 'db1',
        frame: udpFrame(db1, TENANT.dbGateway.mac, web1.ip),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit web1',
          'copy: clone(ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit tap)',
        ],
      },
      {
        title: 'what is flooded to it',
        port: 'web2',
        frame: arpRequest(web2, '10.0.1.77'),
        expect: ['forward: emit web1', 'copy: emit tap'],
      },
      {
        title: 'a question that is answered on the way',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, webGateway.ip),
        expect: [
          'consume echoReply by router tenant',
          'copy: emit tap',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 | icmp echo reply id 7 seq 1 | 20 bytes',
        ],
      },
      {
        title: 'with its tag',
        port: 'web1',
        frame: tagged(5, udpFrame(web1, web2.mac, web2.ip)),
        expect: ['forward: emit web2', 'copy: emit tap', 'learn 02:00:00:00:01:01 vlan 5 at web1'],
      },
      {
        title: 'what others send each other is not copied',
        port: 'web2',
        frame: udpFrame(web2, webGateway.mac, db1.ip),
        expect: [routed],
      },
    ],
  },
  {
    name: 'mirrors on both sides of an inbound filter',
    network: tapped(
      [
        { at: 'web1', places: ['inboundMirrorIds'], conditions: [{ nwProto: 17 }] },
        { at: 'web', places: ['inboundMirrorIds'] },
      ],
      dropping('inboundFilterId'),
    ),
    steps: [
      {
        title: 'a copy of what is dropped, taken in front of the filter',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['drop chainDrop by rule closed:1', 'copy: emit tap'],
      },
      {
        title: 'behind the filter nothing is to be seen of it, of other packets there is',
        port: 'web1',
        frame: echoFrame(web1, web2.mac, web2.ip),
        expect: ['forward: emit web2', 'copy: emit tap'],
      },
    ],
  },
  {
    name: 'mirrors around an outbound filter',
    network: tapped(
      [
        { at: 'web1', places: ['preOutFilterMirrorIds'], conditions: [{ nwProto: 17 }] },
        { at: 'web1', places: ['outboundMirrorIds'] },
      ],
      (net) => {
        const [before, behind] = [net.idOf('mirror0') as MirrorId, net.idOf('mirror1') as MirrorId];
        net.filter(net.idOf('web1') as PortId, { preOutFilterMirrorIds: [before], outboundMirrorIds: [behind] });
        dropping('outboundFilterId')(net);
      },
    ),
    steps: [
      {
        title: 'a copy of what does not pass',
        port: 'web2',
        frame: udpFrame(web2, web1.mac, web1.ip),
        expect: ['drop chainDrop by rule closed:1', 'copy: emit tap'],
      },
      {
        title: 'and of what does',
        port: 'web2',
        frame: echoFrame(web2, web1.mac, web1.ip),
        expect: ['forward: emit web1', 'copy: emit tap'],
      },
    ],
  },
  {
    name: 'mirrors of a bridge and of a router',
    network: tapped([
      { at: 'web', places: ['outboundMirrorIds'] },
      {
        at: 'tenant',
        places: ['outboundMirrorIds'],
        conditions: [{ nwDst: '10.0.2.0/24' }, { nwDst: '2001:db8::/32' }],
      },
    ]),
    steps: [
      {
        title: 'each copy is of its place: two forms of one packet, and the packet',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip),
        expect: [routed, `copy: emit tap, clone(${asRouted})`],
      },
      {
        title: 'IPv6 too',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '2001:db8:8::8'),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink',
          'copy: emit tap, clone(ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit tap)',
        ],
      },
      {
        title: 'one of the conditions must hold',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '8.8.8.8'),
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink', 'copy: emit tap'],
      },
      {
        title: 'a flood is shown once',
        port: 'web1',
        frame: arpRequest(web1, '10.0.1.77'),
        expect: ['forward: emit web2', 'copy: emit tap'],
      },
    ],
  },
  {
    name: 'mirrors before and behind address translation',
    network: translating,
    steps: [
      {
        title: 'the copy from before has the address from before',
        port: 'uplink',
        frame: fromOutside(FLOATING),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1',
          'copy: emit tap, clone(ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit tap)',
        ],
      },
    ],
  },
  {
    name: 'mirrors and ICMP errors about translated packets',
    network: translating,
    steps: [
      {
        title: 'each copy quotes what the packet quoted there',
        port: 'uplink',
        after: [{ port: 'web1', frame: udpFrame(web1, webGateway.mac, '8.8.8.8') }],
        frame: unreachable,
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1',
          'copy: emit tap',
          'copy of what goes instead: clone(ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit tap)',
          'instead: 02:00:00:00:0f:01 > 02:00:00:00:0a:03 ipv4 | 198.18.0.1 > 192.0.2.100 icmp ttl 64 | icmp host unreachable | about [10.0.1.11 > 8.8.8.8 udp ttl 1 | udp 40000 > 53 length 0]',
        ],
      },
    ],
  },
  {
    name: 'copies that have nowhere to go do not hurt the packet',
    network: tapped([{ at: 'web1', places: ['inboundMirrorIds'] }], (net, tap) => net.active(tap, false)),
    steps: [
      {
        title: 'the port runs on no host',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['forward: emit web2', 'copy lost for mirror0: portInactive'],
      },
    ],
  },
  {
    name: 'no mirror of mirrors',
    network: tapped(
      [
        { at: 'tap', places: ['inboundMirrorIds', 'outboundMirrorIds'] },
        { at: 'web', places: ['inboundMirrorIds'] },
      ],
      (net) => {
        const back = net.mirror('back', net.idOf('web2') as PortId);
        net.filter(net.idOf('watch') as BridgeId, { inboundMirrorIds: [back], outboundMirrorIds: [back] });
      },
    ),
    steps: [
      {
        title: 'a copy is not copied, though its port and bridge show all to mirrors',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['forward: emit web2', 'copy: emit tap'],
      },
      {
        title: 'what the one who watches sends does not come back to it',
        port: 'tap',
        frame: udpFrame({ mac: '02:00:00:00:03:01', ip: '10.0.3.1', ip6: 'fd00:3::1' }, web1.mac, web1.ip),
        expect: ['drop noOtherPort by bridge watch', 'copy: emit web2', 'learn 02:00:00:00:03:01 at tap'],
      },
    ],
  },
];
