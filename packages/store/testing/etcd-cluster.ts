import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '../src/drivers/etcd/rpc/connection.ts';
import type { ConnectionOptions } from '../src/drivers/etcd/rpc/connection.ts';

export type ClusterOptions = {
  /** Server side of TLS for clients: the files of a certificate that is good for 127.0.0.1. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string } | undefined;
  /** Kept on a disk instead of in memory. */
  readonly onDisk?: boolean | undefined;
  readonly flags?: readonly string[] | undefined;
  /** Where each member runs, when not on this side's loopback. Such a cluster's members cannot be asked from here. */
  readonly sites?: readonly EtcdSite[] | undefined;
};

/** `through`: what its command line begins with, such as `ip netns exec NAME`. */
export type EtcdSite = { readonly address: string; readonly through: readonly string[] };

type Member = {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
  readonly through: readonly string[];
  process?: ChildProcess;
};

/** Debian's etcd on the loopback, one member or several, for tests and benchmarks. Ends with `close`, by process id. */
export class EtcdCluster {
  readonly folder: string;
  readonly #members: readonly Member[];
  readonly #options: ClusterOptions;

  private constructor(folder: string, members: readonly Member[], options: ClusterOptions) {
    this.folder = folder;
    this.#members = members;
    this.#options = options;
  }

  static async start(size: number, options: ClusterOptions = {}): Promise<EtcdCluster> {
    const memory = options.onDisk !== true && existsSync('/dev/shm');
    const folder = mkdtempSync(join(memory ? '/dev/shm' : tmpdir(), 'midonet-etcd-'));
    const ports = await freePorts(2 * size);
    const scheme = options.tls === undefined ? 'http' : 'https';
    const members = Array.from({ length: size }, (_, i) => {
      const { address, through } = options.sites?.[i] ?? { address: '127.0.0.1', through: [] };
      return {
        name: `n${i}`,
        client: `${scheme}://${address}:${ports[2 * i]}`,
        peer: `http://${address}:${ports[2 * i + 1]}`,
        through,
      };
    });
    const cluster = new EtcdCluster(folder, members, options);
    for (let i = 0; i < size; i++) cluster.run(i);
    if (options.tls === undefined && options.sites === undefined) await cluster.ready();
    return cluster;
  }

  get size(): number {
    return this.#members.length;
  }
  get urls(): string[] {
    return this.#members.map(({ client }) => client);
  }

  /** Of the members that were started. */
  get pids(): number[] {
    return this.#members.flatMap(({ process }) => process?.pid ?? []);
  }

  /** Starts a member, the first time or again with what it has on disk. */
  run(index: number): void {
    const { name, client, peer, through } = this.#member(index);
    const { tls, flags = [] } = this.#options;
    const args = [
      ...['--name', name, '--data-dir', join(this.folder, name)],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', this.#members.map((member) => `${member.name}=${member.peer}`).join(',')],
      // Elections within half a second: tests kill leaders.
      ...['--heartbeat-interval', '50', '--election-timeout', '400', '--logger', 'zap', '--log-level', 'error'],
      ...(tls === undefined ? [] : ['--client-cert-auth', '--trusted-ca-file', tls.ca]),
      ...(tls === undefined ? [] : ['--cert-file', tls.cert, '--key-file', tls.key]),
      ...flags,
    ];
    const [command = 'etcd', ...rest] = [...through, 'etcd', ...args];
    this.#member(index).process = spawn(command, rest, { stdio: 'ignore' });
  }

  signal(index: number, signal: NodeJS.Signals): void {
    this.#member(index).process?.kill(signal);
  }

  /** The power goes: nothing is said goodbye to. */
  async kill(index: number): Promise<void> {
    const { process } = this.#member(index);
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  /** Resolves when these members (default: all) agree on a leader; answers its index. */
  async ready(indexes = this.#members.map((_, i) => i)): Promise<number> {
    for (let attempt = 0; attempt < 300; attempt++) {
      const states = await Promise.all(indexes.map((i) => this.#status(i)));
      const leader = states[0]?.leader;
      const found = states.findIndex((state) => state !== undefined && state.id === leader);
      if (found >= 0 && states.every((state) => state?.leader === leader)) return indexes[found]!;
      await delay(30);
    }
    throw new Error('etcd did not elect a leader within ten seconds');
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map((_, i) => this.kill(i)));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #status(index: number): Promise<{ id: string; leader: string } | undefined> {
    const connection = new Connection({
      urls: [this.#member(index).client],
      attemptMs: 500,
    } satisfies ConnectionOptions);
    try {
      const { header, leader } = await connection.ask('Maintenance.Status', {}, performance.now() + 500);
      return { id: header.member_id, leader };
    } catch {
      return undefined;
    } finally {
      connection.close();
    }
  }

  #member(index: number): Member {
    const member = this.#members[index];
    if (member === undefined) throw new Error(`etcd has no member ${index}`);
    return member;
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
