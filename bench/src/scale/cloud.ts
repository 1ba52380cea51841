import type { MidonetApi } from '../midonet-api.ts';
import { PORTS_PER_AGENT, type ScaleOptions } from './options.ts';

type Size = Pick<ScaleOptions, 'routers' | 'bridges' | 'ports'>;

const IN_FLIGHT = 16;

/** The cloud as it was made so far: bridges behind routers, ports spread evenly over the bridges. */
export class ScaleCloud {
  readonly #api: MidonetApi;
  readonly bridges: string[] = [];
  readonly #routers: string[] = [];
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
    await inLanes(missing(this.#routers.length, routers), async (i) => {
      this.#routers[i] = await this.#create('/routers', { name: `router-${i}`, tenantId: 'scale' });
    });
    await inLanes(missing(this.bridges.length, bridges), async (i) => {
      this.bridges[i] = await this.#create('/bridges', { name: `bridge-${i}`, tenantId: 'scale' });
      this.ports[i] = [];
      await this.#attach(this.#routers[i % routers] ?? '', this.bridges[i], i);
    });
    const from = this.#portCount;
    this.#portCount = Math.max(from, ports);
    await inLanes(missing(from, ports), async (i) => {
      const bridge = i % bridges;
      this.ports[bridge]?.push(await this.port(bridge));
    });
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

/** A few at a time, as several clients would. */
export async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) await work(items[at] as T);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}
