import { NamespaceFetch } from '@midonet/test/lab/namespace-fetch';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MidonetApi } from '../midonet-api.ts';
import { midonetCommand, newToken, processorMicroseconds, residentMebibytes } from '../midonet-program.ts';
import { inside, Pair, UNDERLAY, VM_MTU } from '../pair.ts';
import { must, Running, succeeds, until } from '../shell.ts';
import type { Site, System, Tracked, TrackingCost } from '../system.ts';
import { midonetStateful } from './midonet-stateful.ts';

const AGENTS = ['hv1', 'hv2'] as const;
/** Connections of an agent, docs/state.md. */
const MOST = 1_048_576;
type AgentStatus = {
  readonly connections: {
    readonly known: number;
    readonly exchange: { readonly bytes: number; readonly datagrams: number; readonly acks: number };
  };
};

const CONTROLLER = `http://${UNDERLAY[0]}:8181`;

/**
 * MidoNet as a user runs it: a controller, an agent per host, a topology made over REST. Both VMs are
 * on one bridge, as with the other systems. Traffic to the per-flow address takes a router on the same
 * bridge with two equal routes: choosing one reads ports, so there every connection is a flow.
 */
export class Midonet implements System {
  readonly name: 'midonet' | 'midonet_big_tcp';
  readonly reactive = true;
  readonly streamsOnly: boolean;
  readonly #pair: Pair;
  #daemons: { readonly name: string; readonly process: Running }[] = [];
  #folder: string | undefined;
  #http: NamespaceFetch | undefined;

  /** With BIG TCP only throughput differs, so that alone is measured. */
  constructor({ bigTcp = false } = {}) {
    this.name = bigTcp ? 'midonet_big_tcp' : 'midonet';
    this.streamsOnly = bigTcp;
    this.#pair = new Pair(bigTcp ? 'big' : 'midonet');
  }

  unavailable(): string | undefined {
    return succeeds(midonetCommand('--help')) ? undefined : '`./run midonet --help` fails';
  }

  async setup(): Promise<Site> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    pair.addresses('10.4.0.1/24', '10.4.0.2/24');
    for (const address of ['10.4.0.3/24', '10.4.1.2/32']) {
      must(['ip', '-n', pair.vms[1], 'address', 'add', address, 'dev', 'eth0']);
    }
    must(['ip', '-n', pair.vms[0], 'route', 'add', 'default', 'via', '10.4.0.254']);
    const folder = (this.#folder = mkdtempSync(join(tmpdir(), 'midonet-bench-')));
    const token = newToken();
    this.#start('controller', 0, token, [
      'controller',
      '--listen',
      `${UNDERLAY[0]}:8181`,
      '--state',
      join(folder, 'ctl'),
    ]);
    const http = (this.#http = new NamespaceFetch(pair.hosts[0]));
    const api = new MidonetApi((url, init) => http.fetch(url, init), CONTROLLER, token);
    await this.#ready('the controller', () => api.answers());
    for (const index of [0, 1] as const) {
      const name = AGENTS[index];
      const state = join(folder, name);
      this.#start(`agent ${name}`, index, token, [
        'agent',
        '--controller',
        CONTROLLER,
        '--name',
        name,
        '--state',
        state,
        ...(this.streamsOnly ? ['--big-tcp', 'on'] : []),
      ]);
    }
    const hostIds = await this.#topology(api);
    const ways = await midonetStateful(api, pair, (portId, host, interfaceName) =>
      this.#bind(api, portId, hostIds[host] ?? '', interfaceName),
    );
    return {
      client: { namespace: pair.vms[0], address: '10.4.0.1' },
      server: { namespace: pair.vms[1], address: '10.4.0.2' },
      perFlow: '10.4.1.2',
      ...ways,
    };
  }

  async teardown(): Promise<void> {
    for (const { process } of [...this.#daemons].reverse()) await process.stop();
    this.#daemons = [];
    this.#http?.[Symbol.dispose]();
    this.#http = undefined;
    this.#pair.down();
    if (this.#folder === undefined) return;
    for (const line of must(['cat', '/proc/self/mounts']).split('\n')) {
      const target = line.split(' ')[1] ?? '';
      if (target.startsWith(this.#folder)) succeeds(['umount', '-l', target]);
    }
    rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  memory(): Readonly<Record<string, number>> {
    if (this.streamsOnly) return {};
    const of = (name: string): number => {
      const daemon = this.#daemons.find((one) => one.name === name);
      return daemon === undefined ? NaN : residentMebibytes(daemon.process.pid);
    };
    return { controller: of('controller'), agent: of('agent hv1') };
  }

  trackingCost(): TrackingCost {
    const exchange = { bytes: 0, datagrams: 0 };
    let microseconds = 0;
    for (const index of [0, 1] as const) {
      const name = AGENTS[index];
      const { bytes, datagrams, acks } = this.#status(index).connections.exchange;
      exchange.bytes += bytes;
      exchange.datagrams += datagrams + acks;
      const agent = this.#daemons.find((one) => one.name === `agent ${name}`);
      if (agent !== undefined) microseconds += processorMicroseconds(agent.process.pid);
    }
    return { microseconds, exchange };
  }

  tracked(): Tracked {
    const { agent = NaN } = this.memory();
    return { connections: this.#status(0).connections.known, most: MOST, mebibytes: agent, process: agent };
  }

  #status(host: 0 | 1): AgentStatus {
    const words = midonetCommand('agent', 'status', '--state', join(this.#folder ?? '', AGENTS[host]));
    return JSON.parse(must(inside(this.#pair.hosts[host], ...words))) as AgentStatus;
  }

  #start(name: string, host: 0 | 1, token: string, words: string[]): void {
    const command = ['ip', 'netns', 'exec', this.#pair.hosts[host], ...midonetCommand(...words)];
    this.#daemons.push({ name, process: new Running(command, { MIDONET_TOKEN: token }) });
  }

  /** The ids of both hosts. */
  async #topology(api: MidonetApi): Promise<readonly string[]> {
    const hostIds: string[] = [];
    const zone = await api.create('/tunnel_zones', { name: 'underlay', type: 'vxlan' });
    const bridge = await api.create('/bridges', { name: 'bench' });
    const router = await api.create('/routers', { name: 'bench' });
    for (const index of [0, 1] as const) {
      const name = AGENTS[index];
      let hostId = '';
      await this.#ready(`agent ${name} to register`, async () => {
        const hosts = (await api.get('/hosts')) as readonly { id: string; name: string; alive: boolean }[];
        hostId = hosts.find((host) => host.name === name && host.alive)?.id ?? '';
        return hostId !== '';
      });
      await api.create(`/tunnel_zones/${zone}/hosts`, { hostId, ipAddress: UNDERLAY[index] });
      const portId = await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
      await this.#bind(api, portId, hostId, 'vm0');
      hostIds.push(hostId);
    }
    const routerPort = await api.create(`/routers/${router}/ports`, { type: 'Router', portSubnet: ['10.4.0.254/24'] });
    const bridgePort = await api.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
    await api.create(`/ports/${routerPort}/link`, { peerId: bridgePort });
    for (const nextHopGateway of ['10.4.0.2', '10.4.0.3']) {
      await api.create(`/routers/${router}/routes`, {
        type: 'Normal',
        srcNetworkAddr: '0.0.0.0',
        srcNetworkLength: 0,
        dstNetworkAddr: '10.4.1.0',
        dstNetworkLength: 24,
        nextHopPort: routerPort,
        nextHopGateway,
        weight: 100,
      });
    }
    const [vm] = this.#pair.vms;
    for (const address of ['10.4.0.2', '10.4.1.2']) {
      await this.#ready(`a ping to ${address}`, () => succeeds(inside(vm, 'ping', '-c', '1', '-W', '1', address)));
    }
    return hostIds;
  }

  async #bind(api: MidonetApi, portId: string, hostId: string, interfaceName: string): Promise<void> {
    await api.create(`/hosts/${hostId}/ports`, { portId, interfaceName });
    await this.#ready(`port ${portId} to be active`, async () => {
      const port = (await api.get(`/ports/${portId}`)) as { active: boolean };
      return port.active;
    });
  }

  /** As until(), with the daemons' own words when one ended or nothing came of it. */
  async #ready(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    const said = (): string => this.#daemons.map(({ name, process }) => `--- ${name}\n${process.output}`).join('\n');
    await until(what, () => {
      if (this.#daemons.some(({ process }) => process.ended)) throw new Error(`a daemon ended:\n${said()}`);
      return condition();
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${said()}`, { cause: error });
    });
  }
}
