import { createClient, type Client } from '@midonet/contract';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Cluster } from './cluster.ts';
import { SingleController, type ControlPlane, type Site } from './control-plane.ts';
import { NamespaceFetch } from './namespace-fetch.ts';
import { Namespaces } from './namespaces.ts';
import { Daemon, must, until } from './shell.ts';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url)).replace(/\/$/, '');
/** `etcd`: three controllers over three members of etcd, of which one each is dead at any time. */
export const ON_ETCD = process.env['MIDONET_E2E'] === 'etcd';

/** The parts of an agent's status that tests look at. */
export type AgentStatus = {
  readonly datapath: { readonly flows: number; readonly evicted: number; readonly drops: Record<string, number> };
  readonly controller: { readonly state: string; readonly lastError: string | null };
  readonly problems: readonly string[];
};

export type Wire = {
  readonly host: string;
  readonly addresses?: readonly string[];
  readonly mac?: string;
  readonly mtu?: number;
};
export type Plug = Wire & { readonly port: string };

/**
 * A cloud of real processes: `hosts` hypervisor namespaces hv1… and a controller namespace ctl, all
 * on one underlay switch 10.255.0.0/24 (ctl is .254, hvN is .N), each with its own agent and state
 * folder. Nothing in it reaches outside.
 */
export class Cloud {
  readonly net: Namespaces;
  readonly hosts: readonly string[];
  readonly state: string;
  readonly #control: ControlPlane;
  readonly #agents = new Map<string, Daemon>();
  #http: NamespaceFetch | undefined;

  constructor(prefix: string, hosts: number) {
    this.net = new Namespaces(prefix);
    this.state = mkdtempSync(join(tmpdir(), `${prefix}-`));
    this.hosts = Array.from({ length: hosts }, (_, i) => `hv${i + 1}`);
    this.#layUnderlay();
    const site: Site = {
      address: '10.255.0.254',
      through: ['ip', 'netns', 'exec', this.net.name('ctl')],
      midonet: (...words) => this.midonet('ctl', ...words),
      fetch: () => this.fetch,
      state: this.state,
    };
    this.#control = ON_ETCD ? new Cluster(site) : new SingleController(site);
  }

  #layUnderlay(): void {
    this.net.add('sw');
    this.net.ip('sw', 'link', 'add', 'br0', 'type', 'bridge');
    // A bridge in a new namespace hands frames to netfilter by default.
    this.net.sysctl('sw', 'net.bridge.bridge-nf-call-iptables', '0');
    this.net.sysctl('sw', 'net.bridge.bridge-nf-call-ip6tables', '0');
    this.net.ip('sw', 'link', 'set', 'br0', 'up');
    for (const [index, name] of [...this.hosts, 'ctl'].entries()) {
      this.net.add(name);
      this.net.veth(name, 'underlay0', 'sw', `to-${name}`);
      this.net.ip('sw', 'link', 'set', `to-${name}`, 'master', 'br0');
      this.net.ip(name, 'addr', 'add', `10.255.0.${name === 'ctl' ? 254 : index + 1}/24`, 'dev', 'underlay0');
    }
  }

  underlayAddress(host: string): string {
    return `10.255.0.${this.hosts.indexOf(host) + 1}`;
  }

  /** Full command line of the product's CLI inside a namespace. */
  midonet(host: string, ...args: string[]): string[] {
    return ['ip', 'netns', 'exec', this.net.name(host), join(ROOT, 'run'), 'midonet', ...args];
  }

  /** Starts what was stopped of the control plane, and waits until it answers. */
  async startController(): Promise<void> {
    this.#http ??= new NamespaceFetch(this.net.name('ctl'));
    const control = this.#control;
    await control.start();
    await until(
      'the controller to answer',
      async () => {
        if (!control.running) throw new Error(`the controller ended:\n${control.output}`);
        try {
          return (await this.request('GET', '/')).status === 200;
        } catch {
          return false;
        }
      },
      { detail: () => control.output, timeoutMs: 60_000, everyMs: 100 },
    );
  }

  get controllerUrl(): string {
    return this.#control.url;
  }

  get token(): string {
    return this.#control.token;
  }

  get fetch(): NamespaceFetch['fetch'] {
    if (this.#http === undefined) throw new Error('start the controller first');
    return this.#http.fetch;
  }

  /** The API as programs use it, at a controller that is there when a change is made. */
  get client(): Client {
    const fetch: typeof globalThis.fetch = async (input, init) => {
      await this.#beforeRequest(init?.method ?? 'GET');
      const { pathname, search } = new URL(input instanceof Request ? input.url : input);
      return this.fetch(this.controllerUrl + pathname + search, init);
    };
    return createClient({ baseUrl: this.controllerUrl, token: this.token, fetch });
  }

  async #beforeRequest(method: string): Promise<void> {
    if (method === 'GET') return;
    await this.#control.beforeChange();
    if (ON_ETCD) await this.#agentsAreConnected();
  }

  /** One API call in plain JSON; `path` is below /midonet-api. */
  async request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown; location: string | null }> {
    await this.#beforeRequest(method);
    const response = await this.fetch(`${this.controllerUrl}/midonet-api${path}`, {
      method,
      headers: { 'x-auth-token': this.token, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      location: response.headers.get('location'),
    };
  }

  /** Changes fields of an object and leaves the others as they are. */
  async update(path: string, fields: object): Promise<void> {
    const { body } = await this.request('GET', path);
    const changed = await this.request('PUT', path, { ...(body as object), ...fields });
    if (changed.status >= 300) throw new Error(`PUT ${path}: ${changed.status} ${JSON.stringify(changed.body)}`);
  }

  /** Creates and gives back the id; throws with the server's message when it refuses. */
  async create(path: string, body: unknown): Promise<string> {
    const made = await this.request('POST', path, body);
    if (made.status !== 201) throw new Error(`POST ${path}: ${made.status} ${JSON.stringify(made.body)}`);
    return made.location?.split('/').at(-1) ?? '';
  }

  /** The command line of a host's agent. */
  agentCommand(host: string, ...more: string[]): string[] {
    const controllers = this.#control.urls.flatMap((url) => ['--controller', url]);
    const where = [...controllers, '--name', host, '--state', join(this.state, host)];
    return this.midonet(host, 'agent', ...where, ...more);
  }

  /** What a host's agent says of itself. */
  agentStatus(host: string): AgentStatus {
    const command = this.midonet(host, 'agent', 'status', '--state', join(this.state, host));
    return JSON.parse(must(command)) as AgentStatus;
  }

  async startAgent(host: string, ...more: string[]): Promise<void> {
    const agent = new Daemon(`agent ${host}`, this.agentCommand(host, ...more), { MIDONET_TOKEN: this.token });
    this.#agents.set(host, agent);
    await until(
      `agent ${host} to register`,
      async () => {
        if (!agent.running) throw new Error(`agent ${host} ended:\n${agent.output}`);
        return (await this.hostId(host)) !== undefined;
      },
      { detail: () => agent.output, timeoutMs: 60_000, everyMs: 100 },
    );
  }

  agent(host: string): Daemon {
    const agent = this.#agents.get(host);
    if (agent === undefined) throw new Error(`no agent on ${host}`);
    return agent;
  }

  controller(): Pick<ControlPlane, 'stop' | 'output'> {
    return this.#control;
  }

  async hostId(host: string): Promise<string | undefined> {
    const { body } = await this.request('GET', '/hosts');
    const found = (body as { id: string; name: string; alive: boolean }[]).find((h) => h.name === host && h.alive);
    return found?.id;
  }

  /**
   * Who was at a controller that died has gone on at the next: what a test sees after a change is the change then,
   * not how long that takes. Who is cut off is not waited for.
   */
  async #agentsAreConnected(): Promise<void> {
    const connected = ({ running, output }: Daemon): boolean => {
      const last = output.lastIndexOf('"msg":"connected to a controller"');
      if (!running || last < 0) return true;
      const [, url = ''] = /"controller":"([^"]+)"/.exec(output.slice(output.lastIndexOf('\n', last) + 1, last)) ?? [];
      return this.#control.living(url) && output.lastIndexOf('"msg":"no controller') < last;
    };
    const end = performance.now() + 10_000;
    while (performance.now() < end && ![...this.#agents.values()].every(connected)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** A busy machine lets a lease end now and then, and the agent comes back. */
  #alive(host: string): Promise<string> {
    return until(`${host} to be alive`, () => this.hostId(host), {
      timeoutMs: 60_000,
      everyMs: 100,
      detail: () => this.#agents.get(host)?.output ?? '',
    });
  }

  /** Controller, agents, and one VXLAN zone with all hosts in it. */
  async start(...agentOptions: string[]): Promise<void> {
    await this.startController();
    await Promise.all(this.hosts.map((host) => this.startAgent(host, ...agentOptions)));
    const zone = await this.create('/tunnel_zones', { name: 'underlay', type: 'vxlan' });
    for (const host of this.hosts) {
      await this.create(`/tunnel_zones/${zone}/hosts`, {
        hostId: await this.#alive(host),
        ipAddress: this.underlayAddress(host),
      });
    }
  }

  /** A machine, namespace `vm`, wired to its host by a veth whose host end is named `vm`. */
  wire(vm: string, { host, addresses = [], mac, mtu = 1450 }: Wire): void {
    this.net.add(vm);
    this.net.veth(vm, 'eth0', host, vm, mtu);
    if (mac !== undefined) this.net.ip(vm, 'link', 'set', 'eth0', 'address', mac);
    for (const address of addresses) {
      this.net.ip(vm, 'addr', 'add', address, 'dev', 'eth0', ...(address.includes(':') ? ['nodad'] : []));
    }
  }

  /** A wired machine whose port is bound and runs. */
  async plug(vm: string, { port, ...wire }: Plug): Promise<void> {
    this.wire(vm, wire);
    await this.bind(port, wire.host, vm);
    await this.active(port);
  }

  async bind(port: string, host: string, interfaceName: string): Promise<void> {
    await this.create(`/hosts/${await this.#alive(host)}/ports`, { portId: port, interfaceName });
  }

  async unbind(port: string, host: string): Promise<void> {
    const { status } = await this.request('DELETE', `/hosts/${await this.#alive(host)}/ports/${port}`);
    if (status !== 204) throw new Error(`unbinding ${port}: ${status}`);
  }

  async active(portId: string, active = true): Promise<void> {
    await until(
      `port ${portId} to be ${active ? 'active' : 'inactive'}`,
      async () => ((await this.request('GET', `/ports/${portId}`)).body as { active: boolean }).active === active,
      {
        timeoutMs: 30_000,
        everyMs: 50,
        detail: () => [...this.#agents.values()].map((a) => `--- ${a.name}\n${a.output}`).join('\n'),
      },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.stop()));
    await this.#control.end();
    this.#http?.[Symbol.dispose]();
    this.net[Symbol.dispose]();
    // An agent that was killed hard leaves its pinned programs mounted below its state folder.
    for (const line of must(['cat', '/proc/self/mounts']).split('\n').reverse()) {
      const target = line.split(' ')[1] ?? '';
      if (target.startsWith(this.state)) must(['umount', '-l', target]);
    }
    rmSync(this.state, { recursive: true, force: true });
  }
}
