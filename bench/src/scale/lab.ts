import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdCluster } from '@midonet/store/testing';
import { freePort } from '../free-port.ts';
import { MidonetApi } from '../midonet-api.ts';
import { midonetCommand, newToken, residentMebibytes } from '../midonet-program.ts';
import { Running, succeeds, until } from '../shell.ts';
import { Changes } from './changes.ts';
import { bridgeOf, bridgesOf, inLanes, ScaleCloud } from './cloud.ts';
import { Fleet } from './fleet.ts';
import type { Met } from './messages.ts';
import { PORTS_PER_AGENT } from './options.ts';

/** Many changes are made in a short time here: more of them are kept than etcd's usual 2 GiB hold. */
const LARGE = ['--quota-backend-bytes', String(8 * 2 ** 30)];

/** Those to be taken down by a signal: all of them before this process ends. */
const labs = new Set<ScaleLab>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void Promise.allSettled([...labs].map((lab) => lab.close())).finally(() => process.exit(1));
  });
}

/** A controller of its own with its cloud, and the processes of simulated hosts. Ends with close(), or on a signal. */
export class ScaleLab {
  readonly api: MidonetApi;
  readonly cloud: ScaleCloud;
  readonly changes = new Changes();
  readonly #state = mkdtempSync(join(tmpdir(), 'midonet-scale-'));
  /** Each host of a real cloud has a disk of its own: what a thousand write is kept in memory. */
  readonly #hosts = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'midonet-scale-hosts-'));
  readonly #token = newToken();
  readonly #url: string;
  readonly #controller: Running;
  readonly #etcd: EtcdCluster | undefined;
  readonly #fleets: { readonly fleet: Fleet; readonly met: readonly Met[] }[] = [];
  #zone = '';

  private constructor(port: number, etcd: EtcdCluster | undefined) {
    this.#etcd = etcd;
    this.#url = `http://127.0.0.1:${port}`;
    const words = ['--listen', `127.0.0.1:${port}`, '--state', join(this.#state, 'controller'), '--log-level', 'warn'];
    for (const url of etcd?.urls ?? []) words.push('--etcd', url);
    this.#controller = new Running(midonetCommand('controller', ...words), { MIDONET_TOKEN: this.#token });
    this.api = new MidonetApi((to, init) => fetch(to, init), this.#url, this.#token);
    this.cloud = new ScaleCloud(this.api);
    labs.add(this);
  }

  /** With that many members of etcd as the store, or the embedded one. */
  static async open(members: number): Promise<ScaleLab> {
    if (members > 0 && !succeeds(['etcd', '--version'])) {
      throw new Error('--etcd: etcd is not installed; run: apt-get install etcd-server');
    }
    const port = await freePort();
    const etcd = members === 0 ? undefined : await EtcdCluster.start(members, { onDisk: true, flags: LARGE });
    const lab = new ScaleLab(port, etcd);
    try {
      await until('the controller to answer', () => {
        if (lab.#controller.ended) throw new Error(`the controller ended: ${lab.#controller.output}`);
        return lab.api.answers();
      });
      lab.#zone = await lab.api.create('/tunnel_zones', { name: 'scale', type: 'vxlan' });
      return lab;
    } catch (error) {
      await lab.close();
      throw error;
    }
  }

  get controllerMebibytes(): number {
    return residentMebibytes(this.#controller.pid);
  }

  /** Of the largest member; undefined without etcd. */
  get etcdMebibytes(): number | undefined {
    return this.#etcd === undefined ? undefined : Math.max(...this.#etcd.pids.map(residentMebibytes));
  }

  /** Hosts from `first` on in a process of their own, their guests bound and talking, on `inUse` bridges. */
  async addFleet(first: number, count: number, inUse: number): Promise<Fleet> {
    const fleet = new Fleet((seen) => this.changes.saw(seen));
    const met = Array.from({ length: count }, (_, index): Met => {
      const bridges = bridgesOf(first + index, inUse);
      return { bridges: new Set(bridges).size, routers: this.cloud.routersOf(bridges) };
    });
    this.#fleets.push({ fleet, met });
    const hosts = await fleet.start({ url: this.#url, token: this.#token, state: this.#hosts, first, count });
    await inLanes(hosts, async ({ id, address, number }) => {
      await this.api.post(`/tunnel_zones/${this.#zone}/hosts`, { hostId: id, ipAddress: address });
      for (let guest = 0; guest < PORTS_PER_AGENT; guest++) {
        const at = Math.floor((number * PORTS_PER_AGENT + guest) / inUse);
        const port = this.cloud.ports[bridgeOf(number, guest, inUse)]?.[at];
        await this.cloud.bind(id, port ?? '', guest);
      }
    });
    await fleet.talk(met);
    return fleet;
  }

  /** Every guest sends one packet more. */
  async talk(): Promise<void> {
    await Promise.all(this.#fleets.map(({ fleet, met }) => fleet.talk(met)));
  }

  async close(): Promise<void> {
    labs.delete(this);
    await Promise.all(this.#fleets.map(({ fleet }) => fleet.stop()));
    await this.#controller.stop();
    await this.#etcd?.close();
    for (const folder of [this.#state, this.#hosts]) rmSync(folder, { recursive: true, force: true });
  }
}
