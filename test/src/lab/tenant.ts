import type { Cloud } from './cloud.ts';

export type Machine = {
  readonly host: string;
  readonly bridge: string;
  readonly addresses?: readonly string[];
  readonly mac?: string;
  readonly mtu?: number;
  /** Default routes, one of each family at most. */
  readonly gateways?: readonly string[];
};

/** One tenant's network, built through the API in the words that tests use. */
export class Tenant {
  readonly cloud: Cloud;
  readonly id: string;

  constructor(cloud: Cloud, id: string) {
    this.cloud = cloud;
    this.id = id;
  }

  bridge(name: string): Promise<string> {
    return this.cloud.create('/bridges', { name, tenantId: this.id });
  }

  router(name: string): Promise<string> {
    return this.cloud.create('/routers', { name, tenantId: this.id });
  }

  bridgePort(bridge: string, fields: object = {}): Promise<string> {
    return this.cloud.create(`/bridges/${bridge}/ports`, { type: 'Bridge', ...fields });
  }

  /** A router port with these addresses (`10.0.0.1/24`) and a route to each of their networks. */
  async routerPort(router: string, addresses: readonly string[]): Promise<string> {
    const port = await this.cloud.create(`/routers/${router}/ports`, { type: 'Router', portSubnet: addresses });
    for (const address of addresses) await this.route(router, address, { nextHopPort: port });
    return port;
  }

  /** Puts a router into a bridge; gives the ports at both ends. */
  async join(bridge: string, router: string, addresses: readonly string[]): Promise<{ up: string; down: string }> {
    const up = await this.bridgePort(bridge);
    const down = await this.routerPort(router, addresses);
    await this.link(up, down);
    return { up, down };
  }

  async link(port: string, peer: string): Promise<void> {
    await this.cloud.create(`/ports/${port}/link`, { peerId: peer });
  }

  /** `prefix` may have host bits, they are cut. Without a next hop give the type, `Reject` or `BlackHole`. */
  route(router: string, prefix: string, fields: object): Promise<string> {
    const [address = '', length] = prefix.split('/');
    return this.cloud.create(`/routers/${router}/routes`, {
      type: 'Normal',
      srcNetworkAddr: address.includes(':') ? '::' : '0.0.0.0',
      srcNetworkLength: 0,
      dstNetworkAddr: address,
      dstNetworkLength: Number(length),
      weight: 100,
      ...fields,
    });
  }

  /** A machine on a new port of a bridge; gives the port. */
  async machine(vm: string, { host, bridge, gateways = [], ...rest }: Machine): Promise<string> {
    const port = await this.bridgePort(bridge);
    await this.cloud.plug(vm, { host, port, ...rest });
    for (const gateway of gateways) {
      this.cloud.net.ip(vm, gateway.includes(':') ? '-6' : '-4', 'route', 'replace', 'default', 'via', gateway);
    }
    return port;
  }
}
