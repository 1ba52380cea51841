import type { NatBlock, Ports } from '@midonet/agent';
import { PortAllocator } from '@midonet/agent';
import type { Connection, Outcome, SourceChoice, SourceRequest } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { TestConnections } from '@midonet/simulation/testing';
import type { HostId } from '@midonet/topology';
import { PortGrants } from './port-grants.ts';

/**
 * Connections of a whole cloud in one place. Ports are chosen as agents choose them, each host among
 * the blocks that were granted to it: which one is the allocator's to say, and judged by its own tests.
 */
export class OracleConnections extends TestConnections {
  readonly #hosts: readonly PortAllocator[];
  readonly #grants = new PortGrants();
  /** Where the packet that is looked at came in. */
  host = 0;

  constructor(hosts: readonly HostId[]) {
    super();
    this.#hosts = hosts.map((id, host) => {
      const allocator: PortAllocator = new PortAllocator(
        {
          isFree: (device, reply) => this.find(device, reply) === undefined,
          now: () => 0,
          onWanted: (deviceId, address, ports) => this.#grant(host, { deviceId, address, ports }),
        },
        { spread: Number.parseInt(id.slice(0, 8), 16) },
      );
      return allocator;
    });
  }

  override source(request: SourceRequest): SourceChoice {
    return this.#allocator.choose(request);
  }

  override take(outcome: Pick<Outcome, 'opened' | 'fragments'>): void {
    for (const connection of outcome.opened) if (!this.#knows(connection)) this.#allocator.taken(connection);
    super.take(outcome);
  }

  wanted(device: string, address: IpAddress): void {
    this.#allocator.wanted(device, address);
  }

  get #allocator(): PortAllocator {
    const allocator = this.#hosts[this.host];
    if (allocator === undefined) throw new Error(`no host ${this.host}`);
    return allocator;
  }

  #knows({ device, original, reply }: Connection): boolean {
    const found = this.find(device, original)?.connection;
    return found !== undefined && found === this.find(device, reply)?.connection;
  }

  #grant(host: number, { deviceId, address, ports }: { deviceId: string; address: IpAddress; ports: Ports }): void {
    const block: NatBlock | undefined = this.#grants.grant(host, deviceId, address, ports);
    if (block !== undefined) this.#hosts[host]?.addBlock(block);
  }
}
