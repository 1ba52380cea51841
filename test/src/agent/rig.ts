import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, systemClock, webSocketDial, type AgentModules } from '@midonet/agent';
import { ExchangeHub, FabricLinks } from '@midonet/agent/testing';
import { MemoryFabric, openMemory, type FabricHost } from '@midonet/datapath/memory';
import { startController, type Controller } from '@midonet/server';
import { openMemoryStore } from '@midonet/store/memory';
import { Station } from './station.ts';

const TOKEN = 'a-token-for-this-test';

export type RigHost = {
  readonly agent: Agent;
  readonly links: FabricLinks;
  readonly fabric: FabricHost;
  readonly stateDir: string;
};

/** A real controller over a memory store, and real agents on the memory datapath, in one process. */
export class Rig {
  readonly fabric = new MemoryFabric();
  readonly exchange = new ExchangeHub();
  readonly store = openMemoryStore();
  readonly #stateRoot = mkdtempSync(join(tmpdir(), 'midonet-rig-'));
  readonly #hosts = new Map<string, RigHost>();
  #controller: Controller | undefined;
  #port = 0;
  #zone = '';

  async startController(): Promise<void> {
    this.#controller = await startController({
      listen: { host: '127.0.0.1', port: this.#port },
      store: this.store,
      auth: { kind: 'token', token: TOKEN },
    });
    this.#port = Number(new URL(this.#controller.url).port);
  }

  async stopController(): Promise<void> {
    await this.#controller?.close();
    this.#controller = undefined;
  }

  /** Starts an agent, in a tunnel zone with all the others unless `zone` is false. */
  async host(name: string, options: { readonly zone?: boolean } = {}): Promise<RigHost> {
    const fabric = this.fabric.host(name);
    const links = this.#hosts.get(name)?.links ?? new FabricLinks(fabric, `10.255.0.${this.#hosts.size + 1}`);
    const stateDir = join(this.#stateRoot, name);
    const agent = await Agent.start(
      { controllerUrls: [`http://127.0.0.1:${this.#port}`], hostName: name, stateDir },
      this.modules(links),
    );
    const host = { agent, links, fabric, stateDir };
    this.#hosts.set(name, host);
    if (this.#controller === undefined) return host;
    await until(
      `agent ${name} to connect`,
      () => agent.connection.status.connected,
      () => JSON.stringify(agent.connection.status),
    );
    if (options.zone !== false) await this.#joinZone(agent, links.address);
    return host;
  }

  modules(links: FabricLinks): AgentModules {
    return {
      clock: systemClock,
      uptime: () => systemClock.now(),
      wall: Date.now,
      openSocket: this.exchange.open,
      random: Math.random,
      logger: quiet,
      dial: webSocketDial(TOKEN),
      openDatapath: (events) => openMemory({ clock: () => systemClock.now(), host: links.host }, events),
      openLinks: (onChange) => links.open(onChange),
    };
  }

  async #joinZone(agent: Agent, address: string): Promise<void> {
    if (this.#zone === '') this.#zone = await this.create('/tunnel_zones', { name: 'zone', type: 'vxlan' });
    const joined = await this.request('POST', `/tunnel_zones/${this.#zone}/hosts`, {
      hostId: agent.identity.id,
      ipAddress: address,
    });
    if (joined.status !== 201 && joined.status !== 409)
      throw new Error(`cannot join the zone: ${JSON.stringify(joined)}`);
    await until(
      'the tunnel port',
      () => agent.datapath.ports().some(({ spec }) => spec.kind === 'tunnel'),
      () => agent.tunnels.problems.join(),
    );
  }

  async request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; body: unknown; location: string | null }> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/midonet-api${path}`, {
      method,
      headers: { 'x-auth-token': TOKEN, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : JSON.parse(text),
      location: response.headers.get('location'),
    };
  }

  /** Creates and gives back the id. */
  async create(path: string, body: unknown): Promise<string> {
    const made = await this.request('POST', path, body);
    if (made.status !== 201) throw new Error(`POST ${path}: ${made.status} ${JSON.stringify(made.body)}`);
    return made.location?.split('/').at(-1) ?? '';
  }

  async must(method: string, path: string, body?: unknown): Promise<void> {
    const { status, body: answer } = await this.request(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(answer)}`);
  }

  /** Switches red (10.1.0.0/24) and blue (10.2.0.0/24) of tenant acme, and the router between them, which is .1 on both. */
  async twoSwitches(): Promise<{ readonly red: string; readonly blue: string; readonly router: string }> {
    const red = await this.create('/bridges', { name: 'red', tenantId: 'acme' });
    const blue = await this.create('/bridges', { name: 'blue', tenantId: 'acme' });
    const router = await this.create('/routers', { name: 'r', tenantId: 'acme' });
    await this.attach(router, red, '10.1.0.1/24');
    await this.attach(router, blue, '10.2.0.1/24');
    return { red, blue, router };
  }

  /** A router port linked to a bridge, with the connected route. */
  async attach(router: string, bridge: string, subnet: string): Promise<string> {
    const up = await this.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
    const down = await this.create(`/routers/${router}/ports`, { type: 'Router', portSubnet: [subnet] });
    await this.must('POST', `/ports/${up}/link`, { peerId: down });
    const [address = ''] = subnet.split('/');
    await this.create(`/routers/${router}/routes`, {
      type: 'Normal',
      srcNetworkAddr: '0.0.0.0',
      srcNetworkLength: 0,
      dstNetworkAddr: address.replace(/\.[0-9]+$/, '.0'),
      dstNetworkLength: Number(subnet.split('/')[1]),
      nextHopPort: down,
      weight: 100,
    });
    return down;
  }

  /** A virtual machine on a new bridge port, bound to an interface of `host`; waits until it is active. */
  async plug(host: RigHost, bridge: string, name: string, address: string, gateway?: string): Promise<Station> {
    const port = await this.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
    host.links.add(name);
    const station = new Station(host.fabric.interface(name), { name, address, gateway, port });
    await this.create(`/hosts/${host.agent.identity.id}/ports`, { portId: port, interfaceName: name });
    await this.active(port);
    return station;
  }

  async active(port: string, active = true): Promise<void> {
    const ask = async (): Promise<boolean> => {
      const { body } = await this.request('GET', `/ports/${port}`);
      return typeof body === 'object' && body !== null && Reflect.get(body, 'active') === active;
    };
    await until(`port ${port} to be ${active ? 'active' : 'inactive'}`, ask, () =>
      [...this.#hosts.values()].map(({ agent }) => [...agent.bindings.problems.values()].join()).join(),
    );
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map(({ agent }) => agent.stop('remove')));
    await this.stopController();
    await this.store.close();
    rmSync(this.#stateRoot, { recursive: true, force: true });
  }
}

const quiet = {
  debug: ignore,
  info: ignore,
  warn: ignore,
  error: (fields: object, message: string) => console.error(message, fields),
};
function ignore(): void {
  // Tests look at state, not at logs.
}

/** Waits for a condition; says what was there instead when it does not come. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  detail: () => string = () => '',
  timeoutMs = 10_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${timeoutMs} ms for ${what}\n${detail()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
