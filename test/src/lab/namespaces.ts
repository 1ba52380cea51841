import { existsSync } from 'node:fs';
import { must, run, type Ran } from './shell.ts';

/**
 * Network namespaces of one test, named `<prefix>-<pid>-<short>`, none with a route to the outside.
 * What runs of the same test left behind when they crashed is removed first: their pid is gone.
 */
export class Namespaces {
  readonly prefix: string;
  readonly #names = new Set<string>();

  constructor(prefix: string) {
    this.prefix = `${prefix}-${process.pid}`;
    for (const line of run(['ip', 'netns', 'list']).stdout.split('\n')) {
      const name = line.split(' ')[0] ?? '';
      const [, owner] = new RegExp(`^${prefix}-(\\d+)-`).exec(name) ?? [];
      if (owner !== undefined && !existsSync(`/proc/${owner}`)) removeNamespace(name);
    }
  }

  /** Full name of a namespace of this test. */
  name(short: string): string {
    return `${this.prefix}-${short}`;
  }

  add(short: string): void {
    const name = this.name(short);
    must(['ip', 'netns', 'add', name]);
    this.#names.add(short);
    must(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
    this.sysctl(short, 'net.ipv6.conf.default.accept_dad', '0');
    this.sysctl(short, 'net.ipv6.conf.all.accept_dad', '0');
    // bbr without fq is the default on some machines and makes throughput wander.
    this.sysctl(short, 'net.ipv4.tcp_congestion_control', 'reno');
  }

  sysctl(short: string, key: string, value: string): void {
    this.exec(short, ['sysctl', '-qw', `${key}=${value}`]);
  }

  ip(short: string, ...args: string[]): string {
    return must(['ip', '-n', this.name(short), ...args]);
  }

  exec(short: string, command: readonly string[], options: { input?: string; timeoutMs?: number } = {}): Ran {
    return run(['ip', 'netns', 'exec', this.name(short), ...command], options);
  }

  mustExec(short: string, command: readonly string[], options: { input?: string; timeoutMs?: number } = {}): string {
    return must(['ip', 'netns', 'exec', this.name(short), ...command], options);
  }

  /** A veth pair between two namespaces, both ends up. */
  veth(a: string, aDev: string, b: string, bDev: string, mtu = 1500): void {
    must([
      'ip',
      'link',
      'add',
      aDev,
      'netns',
      this.name(a),
      'mtu',
      String(mtu),
      'type',
      'veth',
      'peer',
      'name',
      bDev,
      'netns',
      this.name(b),
      'mtu',
      String(mtu),
    ]);
    this.ip(a, 'link', 'set', aDev, 'up');
    this.ip(b, 'link', 'set', bDev, 'up');
  }

  [Symbol.dispose](): void {
    for (const short of this.#names) removeNamespace(this.name(short));
    this.#names.clear();
  }
}

function removeNamespace(name: string): void {
  for (const pid of run(['ip', 'netns', 'pids', name]).stdout.split('\n')) {
    if (/^\d+$/.test(pid)) run(['kill', '-KILL', pid]);
  }
  run(['ip', 'netns', 'del', name]);
}
