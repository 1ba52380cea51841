import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { must, run, startDetached, type Ran } from './shell.ts';

const STATE = '/run/midonet-demo';
const PREFIX = 'demo-';
const UNDERLAY = ['10.255.0.1/24', '10.255.0.2/24'] as const;
const PORT = 8181;

/** Two hypervisors in namespaces, joined by a cable, and the daemons on them. */
export class Lab {
  readonly #root: string;
  readonly #running = new Map<string, number>();
  readonly url = `http://10.255.0.1:${PORT}`;

  constructor(root: string) {
    this.#root = root;
  }

  get state(): string {
    return STATE;
  }

  get token(): string {
    return readFileSync(join(STATE, 'controller', 'token'), 'utf8').trim();
  }

  /** The namespace of a hypervisor or virtual machine. */
  namespace(name: string): string {
    return `${PREFIX}${name}`;
  }

  /** Ends what an earlier run left, if it left something. */
  async clean(): Promise<void> {
    const pids = join(STATE, 'pids');
    if (existsSync(pids)) {
      const running = readFileSync(pids, 'utf8')
        .split('\n')
        .filter((pid) => pid !== '' && isOurs(Number(pid)));
      // Agents first, so that each can say goodbye to the controller.
      for (const pid of running.reverse()) {
        process.kill(Number(pid), 'SIGTERM');
        for (let waited = 0; waited < 100 && isOurs(Number(pid)); waited++) await delay(100);
        if (isOurs(Number(pid))) process.kill(Number(pid), 'SIGKILL');
      }
    }
    for (const line of must(['ip', 'netns', 'list']).split('\n')) {
      const name = line.split(' ')[0] ?? '';
      if (!name.startsWith(PREFIX)) continue;
      for (const pid of run(['ip', 'netns', 'pids', name]).output.split(/\s+/)) {
        if (/^\d+$/.test(pid)) process.kill(Number(pid), 'SIGKILL');
      }
      must(['ip', 'netns', 'delete', name]);
    }
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n').reverse();
    for (const target of mounts.map((line) => line.split(' ')[1] ?? '')) {
      if (target.startsWith(`${STATE}/`)) must(['umount', '-l', target]);
    }
    rmSync(STATE, { recursive: true, force: true });
  }

  makeHypervisors(): void {
    mkdirSync(STATE, { recursive: true, mode: 0o700 });
    for (const name of ['hv1', 'hv2']) this.makeNamespace(name);
    const [one, two] = [this.namespace('hv1'), this.namespace('hv2')];
    must(['ip', 'link', 'add', 'underlay0', 'netns', one, 'type', 'veth', 'peer', 'name', 'underlay0', 'netns', two]);
    for (const [index, name] of [one, two].entries()) {
      must(['ip', '-n', name, 'addr', 'add', UNDERLAY[index] ?? '', 'dev', 'underlay0']);
      must(['ip', '-n', name, 'link', 'set', 'underlay0', 'up']);
    }
  }

  makeNamespace(name: string): void {
    must(['ip', 'netns', 'add', this.namespace(name)]);
    must(['ip', '-n', this.namespace(name), 'link', 'set', 'lo', 'up']);
  }

  /** Starts `midonet WORDS` on a hypervisor; its log is STATE/NAME.log. */
  start(host: string, name: string, words: readonly string[]): void {
    const env = existsSync(join(STATE, 'controller', 'token')) ? { MIDONET_TOKEN: this.token } : {};
    const command = [...this.inside(host), join(this.#root, 'run'), 'midonet', ...words];
    const pid = startDetached(command, this.log(name), env);
    this.#running.set(name, pid);
    writeFileSync(join(STATE, 'pids'), `${pid}\n`, { flag: 'a' });
  }

  /** Whether the daemon started under that name still runs. */
  isRunning(name: string): boolean {
    const pid = this.#running.get(name);
    if (pid === undefined) return false;
    try {
      // Not by its command line, which is empty for a moment each time the process becomes another program.
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  }

  log(name: string): string {
    return join(STATE, `${name}.log`);
  }

  /** Runs the CLI on a hypervisor. */
  midonet(host: string, words: readonly string[]): Ran {
    const env = { MIDONET_URL: this.url, MIDONET_TOKEN: this.token, MIDONET_HOST: host };
    return run([...this.inside(host), join(this.#root, 'run'), 'midonet', ...words], { env });
  }

  /** Runs a command in the namespace of a virtual machine or hypervisor. */
  exec(name: string, command: readonly string[], timeoutMs = 60_000): Ran {
    return run([...this.inside(name), ...command], { timeoutMs });
  }

  inside(name: string): string[] {
    return ['ip', 'netns', 'exec', this.namespace(name)];
  }
}

/** A pid from the file may long be somebody else's. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(STATE);
  } catch {
    return false;
  }
}
