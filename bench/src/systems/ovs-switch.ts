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
 * The daemons of Open vSwitch on one host of a pair: an ovsdb-server and an ovs-vswitchd of its own, so with a connection
 * tracker of its own. Tunnels of the userspace datapath route over a bridge's address, so the underlay link moves
 * into `br-phy`.
 */
export class OvsSwitch {
  readonly folder: string;
  readonly #namespace: string;
  readonly #index: 0 | 1;
  readonly #environment: Readonly<Record<string, string>>;
  #daemons: Running[] = [];
  #switch: Running | undefined;

  constructor(pair: Pair, index: 0 | 1, folder: string) {
    this.folder = folder;
    this.#namespace = pair.hosts[index];
    this.#index = index;
    this.#environment = {
      OVS_RUNDIR: folder,
      OVS_LOGDIR: folder,
      OVS_DBDIR: folder,
      OVS_SYSCONFDIR: folder,
      OVN_RUNDIR: folder,
      OVN_LOGDIR: folder,
    };
  }

  async start(): Promise<void> {
    must(['mkdir', '-p', this.folder]);
    await this.serve('conf', SCHEMA);
    await until('ovsdb-server', () => succeeds(['ovs-vsctl', `--db=${this.database}`, '--no-wait', 'init']));
    // The priority that its own start script gives it.
    const vswitchd = ['nice', '-n', '-10', 'ovs-vswitchd', `--unixctl=${this.#control}`, this.database];
    this.#switch = this.run(...vswitchd);
    const host = this.#namespace;
    this.addBridge('br-phy', `other-config:hwaddr="${macOf(host, 'underlay0')}"`);
    this.ctl('add-port', 'br-phy', 'underlay0');
    must(['ip', '-n', host, 'address', 'flush', 'dev', 'underlay0']);
    must(['ip', '-n', host, 'address', 'add', `${UNDERLAY[this.#index]}/24`, 'dev', 'br-phy']);
    must(['ip', '-n', host, 'link', 'set', 'br-phy', 'up']);
  }

  /** Where its configuration is. */
  get database(): string {
    return this.socketOf('conf');
  }

  socketOf(database: string): string {
    return `unix:${join(this.folder, `${database}.sock`)}`;
  }

  /** Starts a database of its own on this host, reachable also at `remotes`. */
  async serve(name: string, schema: string, ...remotes: string[]): Promise<void> {
    const file = join(this.folder, `${name}.db`);
    must(['ovsdb-tool', 'create', file, schema]);
    const listen = [`p${this.socketOf(name)}`, ...remotes].map((remote) => `--remote=${remote}`);
    this.run('ovsdb-server', `--unixctl=${this.folder}/${name}.ctl`, ...listen, file);
    await until(`the ${name} database`, () => succeeds(['test', '-S', join(this.folder, `${name}.sock`)]));
  }

  /** Starts a daemon on this host, that stop() ends. */
  run(...command: string[]): Running {
    const daemon = new Running(inside(this.#namespace, ...command), this.#environment);
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Throws with the last words of a daemon that ended by itself. */
  expectAll(): void {
    const ended = this.#daemons.find((daemon) => daemon.ended);
    if (ended === undefined) return;
    throw new Error(`a daemon ended (${ended.how}): ${ended.output.trimEnd().split('\n').at(-1) ?? ''}`);
  }

  ctl(...words: string[]): string {
    return must(['ovs-vsctl', `--db=${this.database}`, ...words]);
  }

  addBridge(name: string, ...values: string[]): void {
    this.ctl('add-br', name, '--', 'set', 'Bridge', name, 'datapath_type=netdev', ...values);
  }

  addPort(bridge: string, name: string, ...values: string[]): void {
    this.ctl('add-port', bridge, name, '--', 'set', 'Interface', name, ...values);
  }

  /** Has what programs the bridge believe that the datapath has no such feature. */
  without(bridge: string, feature: string): void {
    must(['ovs-appctl', '-t', this.#control, 'dpif/set-dp-features', bridge, feature, 'false']);
  }

  /** Removes the datapath's flows. The tracked connections stay. */
  forgetFlows(): void {
    must(['ovs-appctl', '-t', this.#control, 'revalidator/purge']);
  }

  /** Connections tracked, and how many may be. */
  connections(): { readonly connections: number; readonly most: number } {
    const ask = (command: string): number => Number(must(['ovs-appctl', '-t', this.#control, command]));
    return { connections: ask('dpctl/ct-get-nconns'), most: ask('dpctl/ct-get-maxconns') };
  }

  /** Resident memory of ovs-vswitchd in MiB. */
  memory(): number {
    return this.#switch === undefined ? NaN : residentMebibytes(this.#switch.pid);
  }

  /** Processor time of ovs-vswitchd: the switching of every packet as well. */
  microseconds(): number {
    return this.#switch === undefined ? NaN : processorMicroseconds(this.#switch.pid);
  }

  async stop(): Promise<void> {
    for (const daemon of this.#daemons.reverse()) await daemon.stop();
    this.#daemons = [];
    this.#switch = undefined;
  }

  get #control(): string {
    return join(this.folder, 'vswitchd.ctl');
  }
}

export function macOf(namespace: string, device: string): string {
  return /link\/ether (\S+)/.exec(must(['ip', '-n', namespace, 'link', 'show', device]))?.[1] ?? '';
}
