import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside, Pair, UNDERLAY, VM_MTU } from '../pair.ts';
import { must, succeeds, until } from '../shell.ts';
import {
  expectFirewall,
  expectGroup,
  expectSnat,
  expectVip,
  FIREWALL,
  groupAddresses,
  snatAddresses,
  vipAddresses,
} from '../stateful.ts';
import type { Site, System, Tracked, TrackingCost } from '../system.ts';
import { firewallNetwork, groupNetwork, plainNetwork, snatNetwork, vipNetwork, type Plug } from './ovn-network.ts';
import { completeSegments } from './ovs-pair.ts';
import { macOf, OvsSwitch, ovsUnavailable } from './ovs-switch.ts';

const SCHEMAS = '/usr/share/ovn';
const PLAIN = ['10.5.0.1', '10.5.0.2'] as const;
const SOUTH = `tcp:${UNDERLAY[0]}:6642`;
const DEVICES = [0, 1, 2, 3, 4] as const;

/**
 * OVN over Open vSwitch's userspace datapath, with VXLAN: both databases and ovn-northd on the first host, an ovn-controller
 * a host. One cloud with a network for each way, as with MidoNet, between VMs with an interface for each.
 */
export class OvnUserspace implements System {
  readonly name = 'ovn_userspace';
  readonly reactive = true;
  readonly #pair = new Pair('ovn');
  #hosts: readonly OvsSwitch[] = [];
  #folder: string | undefined;

  unavailable(): string | undefined {
    const there = succeeds(['ovn-northd', '--version']) && succeeds(['ovn-controller', '--version']);
    return ovsUnavailable() ?? (there ? undefined : 'OVN is not installed: run with --peers');
  }

  async setup(): Promise<Site> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    for (const device of DEVICES.slice(1)) pair.attach(device, VM_MTU);
    for (const vm of pair.vms) for (const device of DEVICES) completeSegments(vm, `eth${device}`);
    pair.addresses(`${PLAIN[0]}/24`, `${PLAIN[1]}/24`);
    pair.addresses(`${FIREWALL.client}/24`, `${FIREWALL.server}/24`, 'eth1');
    snatAddresses(pair, 'eth2');
    vipAddresses(pair, 'eth3');
    groupAddresses(pair, 'eth4');
    const folder = (this.#folder = mkdtempSync(join(tmpdir(), 'midonet-bench-ovn-')));
    this.#hosts = ([0, 1] as const).map((index) => new OvsSwitch(pair, index, join(folder, String(index))));
    const north = await this.#startAll();
    this.#describe(north);
    await until(`a ping to ${PLAIN[1]}`, () => {
      for (const host of this.#hosts) host.expectAll();
      return succeeds(inside(pair.vms[0], 'ping', '-c', '1', '-W', '1', PLAIN[1]));
    });
    return {
      client: { namespace: pair.vms[0], address: PLAIN[0] },
      server: { namespace: pair.vms[1], address: PLAIN[1] },
      stateful: {
        firewall: await expectFirewall(pair),
        group: await expectGroup(pair),
        snat: await expectSnat(pair),
        vip: await expectVip(pair),
      },
    };
  }

  async teardown(): Promise<void> {
    for (const host of [...this.#hosts].reverse()) await host.stop();
    this.#hosts = [];
    this.#pair.down();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async forgetFlows(): Promise<void> {
    for (const host of this.#hosts) {
      host.expectAll();
      host.forgetFlows();
    }
  }

  memory(): Readonly<Record<string, number>> {
    return { vswitchd: Math.max(...this.#hosts.map((host) => host.memory())) };
  }

  trackingCost(): TrackingCost {
    return { microseconds: this.#hosts.reduce((sum, host) => sum + host.microseconds(), 0) };
  }

  tracked(): Tracked {
    const host = this.#first;
    return { ...host.connections(), mebibytes: host.memory(), process: host.memory() };
  }

  get #first(): OvsSwitch {
    const [first] = this.#hosts;
    if (first === undefined) throw new Error('the hosts are not set up');
    return first;
  }

  /** Gives where the northbound database is. */
  async #startAll(): Promise<string> {
    for (const host of this.#hosts) await host.start();
    const first = this.#first;
    await first.serve('nb', `${SCHEMAS}/ovn-nb.ovsschema`);
    await first.serve('sb', `${SCHEMAS}/ovn-sb.ovsschema`, `p${SOUTH.replace(/^(tcp):(.*):(\d+)$/, '$1:$3:$2')}`);
    const databases = [`--ovnnb-db=${first.socketOf('nb')}`, `--ovnsb-db=${first.socketOf('sb')}`];
    first.run('ovn-northd', ...databases, `--unixctl=${first.folder}/northd.ctl`);
    for (const [index, host] of this.#hosts.entries()) {
      const ids = {
        'system-id': `hv${index + 1}`,
        'ovn-remote': `"${SOUTH}"`,
        'ovn-encap-type': 'vxlan',
        'ovn-encap-ip': UNDERLAY[index] ?? '',
        'ovn-bridge-datapath-type': 'netdev',
      };
      host.ctl(
        'set',
        'Open_vSwitch',
        '.',
        ...Object.entries(ids).map(([name, value]) => `external-ids:${name}=${value}`),
      );
      host.addBridge('br-int', 'fail-mode=secure');
      // With it OVN has every commit look for a free port, and Open vSwitch 3.1's tracker aborts when ports come again.
      host.without('br-int', 'ct_zero_snat');
      host.run('ovn-controller', host.database);
    }
    return first.socketOf('nb');
  }

  #describe(north: string): void {
    const say = (...words: string[]): void => void must(['ovn-nbctl', `--db=${north}`, ...words]);
    const plug: Plug = (name, on, vm, device, ...addresses) => {
      say('lsp-add', on, name);
      say('lsp-set-addresses', name, [macOf(this.#pair.vms[vm], `eth${device}`), ...addresses].join(' '));
      this.#hosts[vm]?.addPort('br-int', `vm${device}`, `external-ids:iface-id=${name}`);
    };
    plainNetwork(say, plug, PLAIN);
    firewallNetwork(say, plug);
    groupNetwork(say, plug);
    snatNetwork(say, plug);
    vipNetwork(say, plug);
    must(['ovn-nbctl', `--db=${north}`, '--wait=hv', '--timeout=60', 'sync']);
  }
}
