import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

/** VXLAN to port 6677 as a host of the underlay would send it: one datagram for each VNI up to 64. */
const SPOOF = `
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
for vni in range(int(sys.argv[4]) + 1):
    s.sendto(bytes.fromhex('0800000000%04x00' % vni + sys.argv[3]), (sys.argv[2], 6677))
`;
const VNIS = 64;

/** A machine on the underlay that is in no tunnel zone tries to speak into tenants' networks. */
describe('strangers on the underlay', () => {
  let cloud: Cloud;
  let reach: Reach;

  before(async () => {
    cloud = new Cloud('mnstr', 2);
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const bridge = await tenant.bridge('net');
    for (const [vm, host, address] of [
      ['vm1', 'hv1', '10.0.0.1'],
      ['vm2', 'hv2', '10.0.0.2'],
    ] as const) {
      await tenant.machine(vm, {
        host,
        bridge,
        addresses: [`${address}/24`],
        mac: `02:00:00:00:00:0${address.at(-1)}`,
      });
    }
    cloud.net.add('evil');
    cloud.net.veth('evil', 'underlay0', 'sw', 'to-evil');
    cloud.net.ip('sw', 'link', 'set', 'to-evil', 'master', 'br0');
    cloud.net.ip('evil', 'addr', 'add', '10.255.0.99/24', 'dev', 'underlay0');
    reach.yes('vm1', '10.0.0.2');
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  for (const [what, frame] of [
    // Fast path: an IP packet to vm1. Slow path: an ARP reply that would poison it.
    ['UDP', '020000000001 020000000002 0800 4500001d 00000000 4011 66ce 0a000002 0a000001 03e803e8 0009 0000 42'],
    ['ARP', '020000000001 020000000066 0806 0001080006040002 020000000066 0a000002 020000000001 0a000001'],
  ] as const) {
    it(`get no ${what} to a machine, whatever VNI they try; each try is counted`, async () => {
      await using capture = await Capture.start(cloud.net, 'vm1', 'eth0', 'udp or arp or icmp');
      const dropped = (): number => cloud.agentStatus('hv1').datapath.drops['unknownTunnel'] ?? 0;
      const before = dropped();
      const bytes = frame.replaceAll(' ', '');
      const send = (from: string, source: string): void => {
        const python = ['/usr/bin/python3', '-c', SPOOF, source, '10.255.0.1', bytes, String(VNIS)];
        cloud.net.mustExec(from, python);
      };
      send('evil', '10.255.0.99');
      await until('every try to be counted', () => dropped() === before + VNIS + 1);
      reach.yes('vm1', '10.0.0.2');
      await capture.sees(/echo reply/);
      assert.doesNotMatch(capture.text, /10\.0\.0\.2\.1000 >|02:00:00:00:00:66/);
      // The same from a member of the zone arrives: it is the sender that was refused, not the packet.
      send('hv2', '10.255.0.2');
      await capture.sees(/10\.0\.0\.2\.1000 >|02:00:00:00:00:66/);
    });
  }
});
