import type { BridgeId, PortId } from '@midonet/topology';
import { arpRequest, tagged, udpFrame } from '../frames.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway } = TENANT;

/** The web bridge marks with 10 (TOS 40), web2's port with 46 (184), db's bridge with nothing. */
function marking(): VirtualNetwork {
  const net = tenantNetwork();
  net.filter(net.idOf('web') as BridgeId, { qosPolicyId: net.qosPolicy('bulk', 10) });
  net.filter(net.idOf('web2') as PortId, { qosPolicyId: net.qosPolicy('voice', 46) });
  net.filter(net.idOf('db') as BridgeId, { qosPolicyId: net.qosPolicy('limits only') });
  return net;
}

/** A filter asks for the TOS the machine sent, in front of the mark. */
function judging(): VirtualNetwork {
  const net = marking();
  const asking = net.chain('asking', { do: 'drop', nwTos: 40 });
  net.filter(net.idOf('web1') as PortId, { inboundFilterId: asking });
  return net;
}

export const QOS: readonly Scenario[] = [
  {
    name: 'QoS policies mark what machines send',
    network: marking,
    steps: [
      {
        title: "a port without a policy has its bridge's; the ECN bits stay",
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { tos: 0x8a }),
        expect: ['forward: ipTos=42, emit web2'],
      },
      {
        title: "a port's policy goes before the bridge's, in IPv6 too",
        port: 'web2',
        frame: udpFrame(web2, web1.mac, web1.ip6, { trafficClass: 1 }),
        expect: ['forward: ipTos=185, emit web1'],
      },
      {
        title: 'the mark goes through routers, and a link into another bridge marks nothing',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ipTos=40, ttl-1, emit db1'],
      },
      {
        title: 'a policy of limits marks nothing',
        port: 'db1',
        frame: udpFrame(db1, TENANT.dbGateway.mac, web1.ip, { tos: 4 }),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit web1'],
      },
      { title: 'ARP has no DSCP', port: 'web1', frame: arpRequest(web1, '10.0.1.77'), expect: ['forward: emit web2'] },
      {
        title: 'tagged packets are marked behind their tag',
        port: 'web1',
        frame: tagged(5, udpFrame(web1, web2.mac, web2.ip)),
        expect: ['forward: ipTos=40, emit web2', 'learn 02:00:00:00:01:01 vlan 5 at web1'],
      },
    ],
  },
  {
    name: 'filters judge what was sent, not the mark',
    network: judging,
    steps: [
      {
        title: 'sent as 0',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['forward: ipTos=40, emit web2'],
      },
      {
        title: 'sent as 40',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { tos: 40 }),
        expect: ['drop chainDrop by rule asking:1'],
      },
    ],
  },
];
