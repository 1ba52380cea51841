import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inside, Pair, UNDERLAY, VM_MTU } from '../pair.ts';
import { must, Running, succeeds, until } from '../shell.ts';
import type { Site, System } from '../system.ts';

const PER_FLOW = '10.3.0.3';
const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/**
 * Open vSwitch with its userspace datapath (`datapath_type=netdev`), one ovsdb-server and one
 * ovs-vswitchd a host, native VXLAN, the default learning switch's flows. Its tunnels route over a
 * bridge's address, so the underlay link moves into `br-phy`. Packets to the per-flow address meet a
 * rule on the first host that reads their ports, so that each connection takes an upcall there.
 */
export class OvsUserspace implements System {
  readonly name = 'ovs_userspace';
  readonly reactive = true;
  readonly #pair = new Pair('ovs');
  #daemons: Running[] = [];
  #folder: string | undefined;

  unavailable(): string | undefined {
    const there = succeeds(['ovs-vswitchd', '--version']) && succeeds(['test', '-r', SCHEMA]);
    return there ? undefined : 'Open vSwitch is not installed: run with --peers';
  }

  async setup(): Promise<Site> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    pair.addresses('10.3.0.1/24', '10.3.0.2/24');
    must(['ip', '-n', pair.vms[1], 'address', 'add', `${PER_FLOW}/24`, 'dev', 'eth0']);
    const folder = (this.#folder = mkdtempSync(join(tmpdir(), 'midonet-bench-ovs-')));
    for (const [index, host] of pair.hosts.entries()) {
      await this.#startHost(host, join(folder, String(index)), index);
      // The userspace datapath completes no checksums and takes no large segments.
      must(inside(pair.vms[index] ?? '', 'ethtool', '-K', 'eth0', 'tx', 'off', 'tso', 'off', 'gso', 'off'));
    }
    const move = 'move:OXM_OF_UDP_SRC[]->NXM_NX_REG0[0..15],move:OXM_OF_UDP_DST[]->NXM_NX_REG1[0..15]';
    const rule = `priority=100,udp,nw_dst=${PER_FLOW},actions=${move},NORMAL`;
    must(['ovs-ofctl', 'add-flow', `unix:${join(folder, '0')}/br-int.mgmt`, rule]);
    for (const address of ['10.3.0.2', PER_FLOW]) {
      await until(`a ping to ${address}`, () => succeeds(inside(pair.vms[0], 'ping', '-c', '1', '-W', '1', address)));
    }
    return {
      client: { namespace: pair.vms[0], address: '10.3.0.1' },
      server: { namespace: pair.vms[1], address: '10.3.0.2' },
      perFlow: PER_FLOW,
    };
  }

  async teardown(): Promise<void> {
    for (const daemon of this.#daemons.reverse()) await daemon.stop();
    this.#daemons = [];
    this.#pair.down();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async forgetFlows(): Promise<void> {
    if (this.#folder === undefined) return;
    for (const index of [0, 1]) {
      must(['ovs-appctl', '-t', join(this.#folder, String(index), 'vswitchd.ctl'), 'revalidator/purge']);
    }
  }

  async #startHost(host: string, folder: string, index: number): Promise<void> {
    must(['mkdir', '-p', folder]);
    const environment = { OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder, OVS_SYSCONFDIR: folder };
    const socket = `unix:${folder}/db.sock`;
    must(['ovsdb-tool', 'create', `${folder}/conf.db`, SCHEMA]);
    const server = [`--unixctl=${folder}/ovsdb.ctl`, `--remote=p${socket}`, `${folder}/conf.db`];
    this.#daemons.push(new Running(inside(host, 'ovsdb-server', ...server), environment));
    const ctl = (...words: string[]): string => must(['ovs-vsctl', `--db=${socket}`, ...words]);
    await until('ovsdb-server', () => succeeds(['ovs-vsctl', `--db=${socket}`, '--no-wait', 'init']));
    const vswitchd = [`--unixctl=${folder}/vswitchd.ctl`, socket];
    // The priority that its own start script gives it.
    this.#daemons.push(new Running(inside(host, 'nice', '-n', '-10', 'ovs-vswitchd', ...vswitchd), environment));
    const netdev = (bridge: string): string[] => [
      'add-br',
      bridge,
      '--',
      'set',
      'Bridge',
      bridge,
      'datapath_type=netdev',
    ];
    ctl(...netdev('br-phy'), `other-config:hwaddr="${macOf(host, 'underlay0')}"`);
    ctl('add-port', 'br-phy', 'underlay0');
    must(['ip', '-n', host, 'address', 'flush', 'dev', 'underlay0']);
    must(['ip', '-n', host, 'address', 'add', `${UNDERLAY[index] ?? ''}/24`, 'dev', 'br-phy']);
    must(['ip', '-n', host, 'link', 'set', 'br-phy', 'up']);
    ctl(...netdev('br-int'));
    ctl('add-port', 'br-int', 'vm0');
    const remote = UNDERLAY[1 - index] ?? '';
    ctl(
      'add-port',
      'br-int',
      'vx0',
      '--',
      'set',
      'Interface',
      'vx0',
      'type=vxlan',
      `options:remote_ip=${remote}`,
      'options:key=42',
    );
  }
}

function macOf(host: string, device: string): string {
  return /link\/ether (\S+)/.exec(must(['ip', '-n', host, 'link', 'show', device]))?.[1] ?? '';
}
