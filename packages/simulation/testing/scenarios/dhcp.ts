import type { DhcpOption } from '@midonet/packet';
import { cidr, ip, ip4 } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { dhcpClient } from '../dhcp-frames.ts';
import { arpRequest } from '../frames.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, webGateway } = TENANT;
const SERVER = '10.0.1.2';

function dhcpNetwork(): VirtualNetwork {
  const net = tenantNetwork();
  const web = net.idOf('web') as never;
  net.dhcpSubnet(web, '10.0.1.0/24', {
    defaultGateway: ip4(webGateway.ip),
    serverAddress: ip4(SERVER),
    dnsServers: [ip4('9.9.9.9')],
    routes: [{ destination: cidr('10.8.0.0/16'), gateway: ip('10.0.1.3') }],
  });
  net.dhcpHost(web, '10.0.1.0/24', web1.mac, web1.ip, [{ name: 'ntp-server', value: '10.0.1.4' }], 'web1');
  return net;
}

const requested = (address: string): DhcpOption => ({ kind: 'requestedIp', value: ip4(address) });
const ofServer = (address: string): DhcpOption => ({ kind: 'serverId', value: ip4(address) });

export const DHCP: readonly Scenario[] = [
  {
    name: 'DHCP',
    network: dhcpNetwork,
    steps: [
      {
        title: 'discover',
        port: 'web1',
        frame: dhcpClient(web1, 'discover'),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > ff:ff:ff:ff:ff:ff ipv4 | 10.0.1.2 > 255.255.255.255 udp ttl 64 | udp 67 > 68 length 322 | dhcp offer 02:00:00:00:01:01 xid 0x1234 your 10.0.1.11',
        ],
      },
      {
        title: 'request',
        port: 'web1',
        frame: dhcpClient(web1, 'request', [requested(web1.ip), ofServer(SERVER)]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > ff:ff:ff:ff:ff:ff ipv4 | 10.0.1.2 > 255.255.255.255 udp ttl 64 | udp 67 > 68 length 322 | dhcp ack 02:00:00:00:01:01 xid 0x1234 your 10.0.1.11',
        ],
      },
      {
        title: 'request of another address',
        port: 'web1',
        frame: dhcpClient(web1, 'request', [requested('10.0.1.77')]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > ff:ff:ff:ff:ff:ff ipv4 | 10.0.1.2 > 255.255.255.255 udp ttl 64 | udp 67 > 68 length 300 | dhcp nak 02:00:00:00:01:01 xid 0x1234',
        ],
      },
      {
        title: 'another server was chosen',
        port: 'web1',
        frame: dhcpClient(web1, 'request', [requested(web1.ip), ofServer('10.0.1.250')]),
        expect: ['consume dhcpIgnored by bridge web'],
      },
      {
        title: 'inform',
        port: 'web1',
        frame: dhcpClient(web1, 'inform', [], { clientIp: ip4(web1.ip) }, { src: web1.ip }),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.2 > 10.0.1.11 udp ttl 64 | udp 67 > 68 length 304 | dhcp ack 02:00:00:00:01:01 xid 0x1234',
        ],
      },
      {
        title: 'release',
        port: 'web1',
        frame: dhcpClient(web1, 'release', [], { clientIp: ip4(web1.ip) }),
        expect: ['consume dhcpIgnored by bridge web'],
      },
      {
        title: 'unknown clients are left to others',
        port: 'web2',
        frame: dhcpClient(web2, 'discover'),
        expect: ['forward: emit web1'],
      },
      {
        title: 'ARP for the server',
        port: 'web1',
        frame: arpRequest(web1, SERVER),
        expect: [
          'consume arpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 arp | arp 10.0.1.2 is-at 02:44:48:43:50:01 to 10.0.1.11',
        ],
      },
      {
        title: 'renewal by unicast',
        port: 'web1',
        frame: dhcpClient(
          web1,
          'request',
          [],
          { clientIp: ip4(web1.ip) },
          { mac: '02:44:48:43:50:01', src: web1.ip, dst: SERVER },
        ),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.2 > 10.0.1.11 udp ttl 64 | udp 67 > 68 length 322 | dhcp ack 02:00:00:00:01:01 xid 0x1234 your 10.0.1.11',
        ],
      },
    ],
  },
];
