import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EtcdCluster } from '@midonet/store/testing';
import { ControllerProcess } from '../controllers/controller-process.ts';
import { Namespaces } from '../lab/namespaces.ts';
import { SkewedClock } from './skewed-clock.ts';

export const TOKEN = 'a-token-for-tests';
const SIZE = 3;
const PORT = 8181;
/** Where those who ask are. */
const CLIENTS = 'clients';

export type Node = `etcd${number}` | `controller${number}` | typeof CLIENTS;

/** Three members of etcd, three controllers and their clients, each in a namespace of its own on one bridge. */
export class Lab {
  readonly etcd: EtcdCluster;
  readonly controllers: readonly ControllerProcess[];
  /** Of the controllers, each its own. */
  readonly clocks: readonly SkewedClock[];
  readonly #spaces: Namespaces;
  readonly #folder: string;

  private constructor(
    etcd: EtcdCluster,
    controllers: { readonly processes: readonly ControllerProcess[]; readonly clocks: readonly SkewedClock[] },
    spaces: Namespaces,
    folder: string,
  ) {
    this.etcd = etcd;
    this.controllers = controllers.processes;
    this.clocks = controllers.clocks;
    this.#spaces = spaces;
    this.#folder = folder;
  }

  static async start(): Promise<Lab> {
    const spaces = new Namespaces('crash');
    const folder = mkdtempSync(join(tmpdir(), 'midonet-crash-'));
    const through = (node: Node): string[] => ['ip', 'netns', 'exec', spaces.name(node)];
    try {
      spaces.add('wire');
      spaces.ip('wire', 'link', 'add', 'br0', 'type', 'bridge');
      spaces.ip('wire', 'link', 'set', 'br0', 'up');
      for (const node of NODES) connect(spaces, node);
      const sites = MEMBERS.map((node) => ({ address: addressOf(node), through: through(node) }));
      const etcd = await EtcdCluster.start(SIZE, { sites });
      const flags = etcd.urls.flatMap((url) => ['--etcd', url]);
      const clocks = CONTROLLERS.map((node) => new SkewedClock(join(folder, `${node}.clock`)));
      const processes = CONTROLLERS.map((node, i) => {
        const args = [...flags, '--state', join(folder, node), '--log-level', 'info'];
        const site = { listen: `${addressOf(node)}:${PORT}`, through: through(node), env: clocks[i]?.env };
        return new ControllerProcess(TOKEN, args, site);
      });
      const lab = new Lab(etcd, { processes, clocks }, spaces, folder);
      try {
        for (const controller of processes) await controller.start();
        return lab;
      } catch (error) {
        await lab.close();
        throw error;
      }
    } catch (error) {
      spaces[Symbol.dispose]();
      throw error;
    }
  }

  /** What the clients' command line begins with. */
  get through(): readonly string[] {
    return ['ip', 'netns', 'exec', this.#spaces.name(CLIENTS)];
  }

  /** What one says no longer reaches the other; nobody is told. */
  mute(from: Node, to: Node): void {
    this.#spaces.mustExec(to, ['nft', 'add', 'element', 'inet', 'crash', 'muted', `{ ${addressOf(from)} }`]);
  }

  cut(a: Node, b: Node): void {
    this.mute(a, b);
    this.mute(b, a);
  }

  /** Everybody hears everybody. */
  mend(): void {
    for (const node of NODES) this.#spaces.mustExec(node, ['nft', 'flush', 'set', 'inet', 'crash', 'muted']);
  }

  async close(): Promise<void> {
    await Promise.all(this.controllers.map((controller) => controller.end('SIGKILL')));
    await this.etcd.close();
    this.#spaces[Symbol.dispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const indexes = Array.from({ length: SIZE }, (_, i) => i);
export const MEMBERS = indexes.map((i): Node => `etcd${i}`);
export const CONTROLLERS = indexes.map((i): Node => `controller${i}`);
const NODES: readonly Node[] = [...MEMBERS, ...CONTROLLERS, CLIENTS];

function addressOf(node: Node): string {
  return `10.99.0.${NODES.indexOf(node) + 1}`;
}

const RULES = `table inet crash {
  set muted { type ipv4_addr; }
  chain input { type filter hook input priority 0; ip saddr @muted drop; }
}
`;

function connect(spaces: Namespaces, node: Node): void {
  const port = `to-${node}`;
  spaces.add(node);
  spaces.veth(node, 'eth0', 'wire', port);
  spaces.ip('wire', 'link', 'set', port, 'master', 'br0');
  spaces.ip(node, 'addr', 'add', `${addressOf(node)}/24`, 'dev', 'eth0');
  spaces.mustExec(node, ['nft', '-f', '-'], { input: RULES });
}
