import type { MidonetApi } from '../midonet-api.ts';
import { PORTS_PER_AGENT, type ScaleOptions } from './options.ts';

export type Size = Pick<ScaleOptions, 'routers' | 'bridges' | 'ports'>;

const IN_FLIGHT = 16;

/**
 * The cloud as it was made so far: bridges behind routers, ports spread evenly over the bridges. It grows around
 * what is there, by other tenants' networks: no bridge gets more ports and no router more bridges.
 */
export class ScaleCloud {
  readonly #api: MidonetApi;
  readonly bridges: string[] = [];
  readonly #routers: string[] = [];
  /** The number of each bridge's router. */
  readonly #routerOf: number[] = [];
  /** Of each bridge, in the order they were made. */
  readonly ports: string[][] = [];
  #portCount = 0;
  objects = 0;

  constructor(api: MidonetApi) {
    this.#api = api;
  }

  /** Makes what is missing. */
  async grow({ routers, bridges, ports }: Size): Promise<void> {
    const missing = (have: number, want: number): number[] =>
      Array.from({ length: Math.max(0, want - have) }, (_, i) => have + i);
    const newRouters = missing(this.#routers.length, routers);
    await inLanes(newRouters, async (i) => {
      this.#routers[i] = await this.#create('/routers', { name: `router-${i}`, tenantId: 'scale' });
    });
    const newBridges = missing(this.bridges.length, bridges);
    await inLanes(newBridges, async (i) => {
      this.bridges[i] = await this.#create('/bridges', { name: `bridge-${i}`, tenantId: 'scale' });
      this.ports[i] = [];
      this.#routerOf[i] = newRouters[i % newRouters.length] ?? i % this.#routers.length;
      await this.#attach(this.#routers[this.#routerOf[i]] ?? '', this.bridges[i], i);
    });
    const from = this.#portCount;
    this.#portCount = Math.max(from, ports);
    await inLanes(missing(from, ports), async (i) => {
      const bridge = newBridges[i % newBridges.length] ?? i % this.bridges.length;
      this.ports[bridge]?.push(await this.port(bridge));
    });
  }

  /** How many routers these bridges are behind. */
  routersOf(bridges: readonly number[]): number {
    return new Set(bridges.map((bridge) => this.#routerOf[bridge])).size;
  }

  port(bridge: number): Promise<string> {
    return this.#create(`/bridges/${this.bridges[bridge]}/ports`, { type: 'Bridge' });
  }

  async bind(host: string, port: string, guest: number): Promise<void> {
    await this.#create(`/hosts/${host}/ports`, { portId: port, interfaceName: `vm${guest}` });
  }

  async #attach(router: string, bridge: string, index: number): Promise<void> {
    const up = await this.#create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
    const network = `10.${Math.floor(index / 250)}.${index % 250}`;
    const down = await this.#create(`/routers/${router}/ports`, { type: 'Router', portSubnet: [`${network}.1/24`] });
    await this.#api.post(`/ports/${up}/link`, { peerId: down });
    await this.#create(`/routers/${router}/routes`, {
      ...{ type: 'Normal', srcNetworkAddr: '0.0.0.0', srcNetworkLength: 0 },
      ...{ dstNetworkAddr: `${network}.0`, dstNetworkLength: 24, nextHopPort: down, weight: 100 },
    });
  }

  async #create(path: string, body: unknown): Promise<string> {
    this.objects++;
    return await this.#api.create(path, body);
  }
}

/** Which bridge a guest of an agent is on: neighbours in number share no two bridges. */
export function bridgeOf(agent: number, guest: number, inUse: number): number {
  return (agent * PORTS_PER_AGENT + guest) % inUse;
}

/** The bridges of an agent's guests. */
export function bridgesOf(agent: number, inUse: number): number[] {
  return Array.from({ length: PORTS_PER_AGENT }, (_, guest) => bridgeOf(agent, guest, inUse));
}

/** A few at a time, as several clients would. */
export async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
