import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp, type IpAddress } from '@midonet/packet';
import type { DpPort, TunnelKey } from '@midonet/flow';
import type { Datapath } from '@midonet/datapath';
import {
  kernelTestsImpossible,
  portFlow,
  Recorder,
  withLab,
  withTunnelKey,
  type Lab,
} from '@midonet/datapath/testing/ebpf';

const skip = kernelTestsImpossible() ?? false;

function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

type Host = { readonly name: string; readonly vm: string; readonly datapath: Datapath; readonly tunnel: DpPort };

type Underlay = { readonly addresses: readonly [string, string]; readonly prefix: number; readonly vmMtu: number };

const UNDERLAY4: Underlay = { addresses: ['192.0.2.1', '192.0.2.2'], prefix: 24, vmMtu: 1450 };
const UNDERLAY6: Underlay = { addresses: ['2001:db8::1', '2001:db8::2'], prefix: 64, vmMtu: 1430 };

/** Two hosts joined by an underlay link, one VM each, flows for everything put by hand. */
async function twoHosts(
  lab: Lab,
  underlay: Underlay,
  udpPort: number,
  keys: readonly [number, number],
): Promise<readonly [Host, Host]> {
  const names = [lab.namespace('h1'), lab.namespace('h2')] as const;
  lab.in(names[0], `ip link add under0 type veth peer name under0 netns ${names[1]}`);
  const hosts = [];
  for (const [i, name] of names.entries()) {
    const { addresses, prefix, vmMtu: mtu } = underlay;
    const own = addresses[i] ?? '';
    lab.in(name, 'sysctl -qw net.ipv6.conf.under0.disable_ipv6=0');
    const nodad = own.includes(':') ? 'nodad' : '';
    lab.in(name, `ip addr add ${own}/${prefix} dev under0 ${nodad} && ip link set under0 up`);
    const mac = `02:00:00:00:01:0${i + 1}`;
    const vm = lab.vm(name, { name: `v${i + 1}`, device: 'vm0', address: `10.1.0.${i + 1}/24`, mac, mtu });
    const datapath = await lab.open(name, new Recorder());
    const local = ip(own);
    const { port } = datapath.addPort({ kind: 'interface', name: 'vm0' });
    const spec = { kind: 'tunnel', encapsulation: 'vxlan', local, underlay: 'under0', udpPort } as const;
    const tunnel = datapath.addPort(spec).port;
    const far = keys[1 - i] as TunnelKey;
    const results = datapath.put([
      portFlow(port, [{ kind: 'tunnel', peer: ip(addresses[1 - i] ?? ''), key: far }]),
      withTunnelKey(portFlow(tunnel, [{ kind: 'output', port }]), keys[i] ?? 0),
    ]);
    assert.deepEqual(
      results.map(({ kind }) => kind),
      ['stored', 'stored'],
    );
    hosts.push({ name, vm, datapath, tunnel });
  }
  const [first, second] = hosts;
  assert.ok(first !== undefined && second !== undefined);
  return [first, second];
}

for (const [name, underlay] of Object.entries({ IPv4: UNDERLAY4, IPv6: UNDERLAY6 })) {
  test(`two hosts over ${name}: ARP by the device, ping and TCP by the programs`, { skip }, async () => {
    await withLab('b', async (lab) => {
      const [a, b] = await twoHosts(lab, underlay, 6677, [11, 22]);
      pingAndTransfer(lab, a, b, underlay.vmMtu);
      for (const { datapath } of [a, b]) {
        const counters = datapath.counters();
        assert.equal(counters.misses, 0);
        assert.equal(counters.drops.encapFailed, 0);
        assert.equal(counters.drops.malformed, 0);
      }
    });
  });

  test(`two hosts over ${name}: VMs without any offload`, { skip }, async () => {
    await withLab('c', async (lab) => {
      const [a, b] = await twoHosts(lab, underlay, 6677, [11, 22]);
      for (const { vm } of [a, b]) lab.in(vm, 'ethtool -K eth0 tx off tso off gso off gro off');
      pingAndTransfer(lab, a, b, underlay.vmMtu);
    });
  });

  test(
    `two hosts over ${name}: an underlay without offloads makes the kernel cut what VMs send`,
    { skip },
    async () => {
      await withLab('d', async (lab) => {
        const [a, b] = await twoHosts(lab, underlay, 6677, [11, 22]);
        for (const { name: host } of [a, b]) lab.in(host, 'ethtool -K under0 tx off tso off gso off gro off');
        pingAndTransfer(lab, a, b, underlay.vmMtu);
      });
    },
  );
}

function pingAndTransfer(lab: Lab, a: Host, b: Host, vmMtu: number): void {
  lab.in(a.vm, 'ping -c 3 -i 0.1 -W 2 10.1.0.2');
  assert.match(lab.in(a.vm, 'ip neigh show 10.1.0.2'), /02:00:00:00:01:02/);
  // An echo that fills the VM's MTU: the outer packet fills 1,500.
  lab.in(a.vm, `ping -c 2 -i 0.1 -W 2 -M do -s ${vmMtu - 28} 10.1.0.2`);
  // BBR wants a pacing queue.
  for (const { vm } of [a, b]) lab.in(vm, 'sysctl -qw net.ipv4.tcp_congestion_control=reno');
  lab.start(b.vm, ['iperf3', '-s', '-1']);
  lab.in(b.vm, 'for i in $(seq 100); do ss -ltn | grep -q 5201 && exit 0; sleep 0.02; done; exit 1');
  const report = lab.in(a.vm, 'iperf3 -c 10.1.0.2 -n 60M -J');
  const { end } = JSON.parse(report) as { end: { sum_received: { bytes: number } } };
  // What the server had when the client was done; the last windows may still be on their way.
  assert.ok(end.sum_received.bytes >= 20_000_000, report);
}
