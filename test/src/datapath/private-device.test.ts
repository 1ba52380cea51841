import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp } from '@midonet/packet';
import { kernelTestsImpossible, Recorder, until, withLab } from '@midonet/datapath/testing/ebpf';

const skip = kernelTestsImpossible() ?? false;

/** Sends an UDP datagram to 198.51.100.9 with the MAC of one device from another. */
const SEND = `
import socket, sys
mac = lambda device: bytes.fromhex(open(f'/sys/class/net/{device}/address').read().strip().replace(':', ''))
ip = bytes.fromhex('4500001d0001000040110000') + socket.inet_aton('10.9.9.9') + socket.inet_aton('198.51.100.9')
total = sum(int.from_bytes(ip[i:i + 2], 'big') for i in range(0, 20, 2))
total = (total & 0xffff) + (total >> 16)
ip = ip[:10] + (~total & 0xffff).to_bytes(2, 'big') + ip[12:]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
s.send(mac(sys.argv[2]) + mac(sys.argv[1]) + bytes.fromhex('0800') + ip + bytes.fromhex('03e803e800090000') + b'x')
`;

test('the host forwards nothing for the private device, though that may forward', { skip }, async () => {
  await withLab('p', async (lab) => {
    const host = lab.namespace('h');
    lab.in(host, 'ip link add under0 type veth peer name far0 && ip link set far0 up');
    lab.in(host, 'ip addr add 198.51.100.1/24 dev under0 && ip link set under0 up');
    lab.in(host, 'ip neigh add 198.51.100.9 lladdr 02:00:00:00:00:09 dev under0 nud permanent');
    const datapath = await lab.open(host, new Recorder(), { attach: 'clsact' });
    const forwards = (): string => lab.in(host, 'cat /proc/sys/net/ipv4/conf/midonet-in0/forwarding').trim();
    assert.equal(forwards(), '0', 'not without a tunnel over IPv4');
    const local = parseIp('198.51.100.1');
    assert.ok(local !== undefined);
    datapath.addPort({ kind: 'tunnel', encapsulation: 'vxlan', local, underlay: 'under0', udpPort: 6677 });
    assert.equal(forwards(), '1');

    const count = (path: string): number => Number(lab.in(host, `cat /sys/class/net/${path}`));
    const sent = (): number => count('under0/statistics/tx_packets');
    const send = (): void => {
      const had = count('midonet-in0/statistics/rx_packets');
      lab.in(host, `/usr/bin/python3 -c "${SEND}" midonet-in1 midonet-in0`);
      assert.equal(count('midonet-in0/statistics/rx_packets'), had + 1, 'it came in');
    };
    const before = sent();
    send();
    // Without the program there it is forwarded: so that is what held the first one.
    lab.in(host, 'tc filter del dev midonet-in0 ingress');
    send();
    await until('the second datagram to be forwarded', () => sent() > before, 60_000);
    assert.equal(sent(), before + 1, 'the first one was not');
  });
});
