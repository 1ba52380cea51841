import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processorMicroseconds, residentMebibytes } from '../midonet-program.ts';
import { inside, UNDERLAY, type Pair } from '../pair.ts';
import { must, Running, succeeds, until } from '../shell.ts';

const SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema';

/** Why Open vSwitch cannot run here, undefined when it can. */
export function ovsUnavailable(): string | undefined {
  const there = succeeds(['ovs-vswitchd', '--version']) && succeeds(['test', '-r', SCHEMA]);
  return there ? undefined : 'Open vSwitch is not installed: run with --peers';
}

/**
 * Open vSwitch on one host of a pair: an ovsdb-server and an ovs-vswitchd of its own with the userspace datapath
 * (`datapath_type=netdev`), so with a connection tracker of its own. `br-int` holds the VM's `vm0` and the tunnel `vx0`
 * to the other host. Tunnels route over a bridge's address, so the underlay link moves into `br-phy`.
 */
export class OvsHost {
  readonly #namespace: string;
  readonly #index: 0 | 1;
  readonly #folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  #database: Running | undefined;
  #switch: Running | undefined;

  constructor(pair: Pair, index: 0 | 1, folder: string) {
    this.#namespace = pair.hosts[index];
    this.#index = index;
    this.#folder = folder;
    this.#environment = { OVS_RUNDIR: folder, OVS_LOGDIR: folder, OVS_DBDIR: folder, OVS_SYSCONFDIR: folder };
  }

  async start(): Promise<void> {
    const folder = this.#folder;
    must(['mkdir', '-p', folder]);
    must(['ovsdb-tool', 'create', join(folder, 'conf.db'), SCHEMA]);
    const server = [`--unixctl=${folder}/ovsdb.ctl`, `--remote=p${this.#socket}`, `${folder}/conf.db`];
    this.#database = new Running(inside(this.#namespace, 'ovsdb-server', ...server), this.#environment);
    await until('ovsdb-server', () => succeeds(['ovs-vsctl', `--db=${this.#socket}`, '--no-wait', 'init']));
    // The priority that its own start script gives it.
    const vswitchd = ['nice', '-n', '-10', 'ovs-vswitchd', `--unixctl=${this.#control}`, this.#socket];
    this.#switch = new Running(inside(this.#namespace, ...vswitchd), this.#environment);
    this.#bridges();
  }

  /** Replaces what `br-int` does, a flow a line, and its groups. Without, it is a learning switch. */
  program(flows: readonly string[], groups: readonly string[] = []): void {
    const bridge = `unix:${join(this.#folder, 'br-int.mgmt')}`;
    must(['ovs-ofctl', 'del-flows', bridge]);
    for (const group of groups) must(['ovs-ofctl', '-O', 'OpenFlow15', 'add-group', bridge, group]);
    const file = join(this.#folder, 'flows');
    writeFileSync(file, `${flows.join('\n')}\n`);
    must(['ovs-ofctl', 'add-flows', bridge, file]);
  }

  add(flow: string): void {
    must(['ovs-ofctl', 'add-flow', `unix:${join(this.#folder, 'br-int.mgmt')}`, flow]);
  }

  /** Removes the datapath's flows. The tracked connections stay. */
  forgetFlows(): void {
    must(['ovs-appctl', '-t', this.#control, 'revalidator/purge']);
  }

  /** Resident memory of ovs-vswitchd in MiB. */
  memory(): number {
    return this.#switch === undefined ? NaN : residentMebibytes(this.#switch.pid);
  }

  /** Connections tracked, and how many may be. */
  connections(): { readonly connections: number; readonly most: number } {
    const ask = (command: string): number => Number(must(['ovs-appctl', '-t', this.#control, command]));
    return { connections: ask('dpctl/ct-get-nconns'), most: ask('dpctl/ct-get-maxconns') };
  }

  /** Processor time of ovs-vswitchd: the switching of every packet as well. */
  microseconds(): number {
    return this.#switch === undefined ? NaN : processorMicroseconds(this.#switch.pid);
  }

  async stop(): Promise<void> {
    await this.#switch?.stop();
    await this.#database?.stop();
    this.#switch = this.#database = undefined;
  }

  get #socket(): string {
    return `unix:${join(this.#folder, 'db.sock')}`;
  }

  get #control(): string {
    return join(this.#folder, 'vswitchd.ctl');
  }

  #bridges(): void {
    const host = this.#namespace;
    const ctl = (...words: string[]): string => must(['ovs-vsctl', `--db=${this.#socket}`, ...words]);
    const set = (table: string, name: string, ...values: string[]): string[] => ['--', 'set', table, name, ...values];
    const add = (name: string, ...more: string[]): string =>
      ctl('add-br', name, ...set('Bridge', name, 'datapath_type=netdev', ...more));
    add('br-phy', `other-config:hwaddr="${macOf(host, 'underlay0')}"`);
    ctl('add-port', 'br-phy', 'underlay0');
    must(['ip', '-n', host, 'address', 'flush', 'dev', 'underlay0']);
    must(['ip', '-n', host, 'address', 'add', `${UNDERLAY[this.#index]}/24`, 'dev', 'br-phy']);
    must(['ip', '-n', host, 'link', 'set', 'br-phy', 'up']);
    add('br-int', 'protocols=[OpenFlow10,OpenFlow13,OpenFlow15]');
    ctl('add-port', 'br-int', 'vm0', ...set('Interface', 'vm0', 'ofport_request=1'));
    const remote = `options:remote_ip=${UNDERLAY[1 - this.#index] ?? ''}`;
    ctl(
      'add-port',
      'br-int',
      'vx0',
      ...set('Interface', 'vx0', 'ofport_request=2', 'type=vxlan', remote, 'options:key=42'),
    );
  }
}

/** The numbers of `vm0` and `vx0` on `br-int`. */
export const VM = 1;
export const TUNNEL = 2;

export function macOf(namespace: string, device: string): string {
  return /link\/ether (\S+)/.exec(must(['ip', '-n', namespace, 'link', 'show', device]))?.[1] ?? '';
}
