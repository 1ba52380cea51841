import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ip4 } from '@midonet/packet';
import { openEbpf } from '../src/drivers/ebpf/open.ts';
import { NetworkNamespace } from '../src/kernel/namespace.ts';
import { ip } from './frames.ts';
import type { HarnessMaker, TestInterface } from './harness.ts';
import { PacketSocket } from './packet-socket.ts';
import { VxlanPeer } from './vxlan-peer.ts';

const LOCAL = ip('10.99.0.1') as Ip4;
const PEERS = [ip('10.99.0.2') as Ip4, ip('10.99.0.3') as Ip4];
const VXLAN_PORT = 4789;

let made = 0;

/** The eBPF driver on real veth pairs: a host namespace, one for all guests, one for the peers. */
export function ebpfHarness(attach: 'auto' | 'tcx' | 'clsact' = 'auto'): HarnessMaker {
  return {
    unavailable: () =>
      process.getuid?.() === 0 ? undefined : 'network namespaces and BPF programs need root: run as root',
    make: async ({ interfaces: count, capacity, upcallLimits }, events) => {
      const prefix = `mnbench-${process.pid}-${++made}`;
      const names = { host: `${prefix}-hv`, guests: `${prefix}-vm`, peers: `${prefix}-peer` };
      const stateDir = mkdtempSync(join(tmpdir(), 'midonet-datapath-'));
      const opened: { close(): void }[] = [];
      const clean = (): void => {
        for (const one of opened) one.close();
        // A driver that failed half way leaves its BPF file system mounted.
        const away = Object.values(names).map((name) => `ip netns delete ${name}`);
        spawnSync('sh', ['-c', [...away, `umount -l ${join(stateDir, 'bpf')}`].join('\n')]);
        rmSync(stateDir, { recursive: true, force: true });
      };
      const own = <T extends { close(): void }>(one: T): T => {
        opened.push(one);
        return one;
      };
      try {
        const indexes = layNamespaces(names, count);
        const guests = own(new NetworkNamespace(`/run/netns/${names.guests}`));
        const peersNamespace = own(new NetworkNamespace(`/run/netns/${names.peers}`));
        const interfaces = Array.from({ length: count }, (_, i) =>
          own(new VethInterface(`tap${i}`, names, guests, indexes)),
        );
        const to = { address: LOCAL, port: VXLAN_PORT };
        const peers = PEERS.map((address) => own(new VxlanPeer(peersNamespace, address, to)));
        const bounds = {
          ...(capacity === undefined ? {} : { capacity }),
          ...(upcallLimits === undefined ? {} : { upcallLimits }),
        };
        const datapath = await openEbpf({ stateDir, namespace: `/run/netns/${names.host}`, attach, ...bounds }, events);
        return {
          datapath,
          interfaces,
          peers,
          tunnel: { kind: 'tunnel', encapsulation: 'vxlan', local: LOCAL, underlay: 'underlay0', udpPort: VXLAN_PORT },
          turn: () => pause(1),
          advance: pause,
          close: async () => {
            await datapath.close('remove');
            clean();
          },
        };
      } catch (error) {
        clean();
        throw error;
      }
    },
  };
}

type Indexes = readonly { readonly ifname: string; readonly ifindex: number }[];
type Names = { readonly host: string; readonly guests: string; readonly peers: string };

class VethInterface implements TestInterface {
  readonly name: string;
  readonly #names: Names;
  readonly #guests: NetworkNamespace;
  #socket: PacketSocket | undefined;

  constructor(name: string, names: Names, guests: NetworkNamespace, indexes: Indexes) {
    this.name = name;
    this.#names = names;
    this.#guests = guests;
    this.#open(indexes);
  }

  send(frame: Uint8Array): void {
    this.#socket?.send(frame);
  }

  take(): readonly Uint8Array[] {
    return this.#socket?.take() ?? [];
  }

  vanish(): void {
    this.close();
    execFileSync('ip', ['-n', this.#names.host, 'link', 'delete', this.name]);
  }

  appear(): void {
    this.#open(
      shell([
        ...inNamespace(this.#names.host, vethLines(this.name, this.#names.guests)),
        ...inNamespace(this.#names.guests, [`link set ${this.name} up`]),
        `ip -n ${this.#names.guests} -j link show`,
      ]),
    );
  }

  close(): void {
    this.#socket?.close();
    this.#socket = undefined;
  }

  #open(indexes: Indexes): void {
    const link = indexes.find(({ ifname }) => ifname === this.name);
    if (link === undefined) throw new Error(`no interface ${this.name}`);
    this.#socket = new PacketSocket(this.#guests, link.ifindex);
  }
}

/** Gives the interfaces of the guests. */
function layNamespaces(names: Names, count: number): Indexes {
  const taps = Array.from({ length: count }, (_, i) => `tap${i}`);
  // Neighbour discovery of the kernel's own would come up as misses.
  const quiet = 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1';
  return shell([
    ...Object.values(names).flatMap((name) => [`ip netns add ${name}`, `ip netns exec ${name} ${quiet}`]),
    ...inNamespace(names.host, [
      `link add underlay0 type veth peer name underlay0 netns ${names.peers}`,
      'address add 10.99.0.1/24 dev underlay0',
      'link set underlay0 up',
      ...taps.flatMap((name) => vethLines(name, names.guests)),
    ]),
    ...inNamespace(
      names.guests,
      taps.map((name) => `link set ${name} up`),
    ),
    ...inNamespace(names.peers, [
      'address add 10.99.0.2/24 dev underlay0',
      'address add 10.99.0.3/24 dev underlay0',
      'link set underlay0 up',
    ]),
    `ip -n ${names.guests} -j link show`,
  ]);
}

function vethLines(name: string, guests: string): string[] {
  return [`link add ${name} type veth peer name ${name} netns ${guests}`, `link set ${name} up`];
}

function inNamespace(namespace: string, lines: readonly string[]): string[] {
  return [`ip -n ${namespace} -batch - <<'END'`, ...lines, 'END'];
}

/** One child for all commands: this process is large, and each costs it milliseconds. Gives what the last prints. */
function shell(lines: readonly string[]): Indexes {
  return JSON.parse(execFileSync('sh', ['-e'], { input: lines.join('\n'), encoding: 'utf8' })) as Indexes;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
