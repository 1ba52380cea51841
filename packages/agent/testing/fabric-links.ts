import type { FabricHost } from '@midonet/datapath/memory';
import { parseIp, type IpAddress } from '@midonet/packet';
import type { HostLink } from '../src/host/links.ts';

/** The interfaces of a simulated host: an underlay one with an address, and those of its guests. */
export class FabricLinks {
  readonly host: FabricHost;
  readonly address: string;
  readonly #links = new Map<string, HostLink>();
  #onChange: (() => void) | undefined;
  #next = 1;

  constructor(host: FabricHost, address: string) {
    this.host = host;
    this.address = address;
    this.add('underlay0', [parseIp(address)]);
  }

  open(onChange: () => void): { links: () => readonly HostLink[]; close: () => void } {
    this.#onChange = onChange;
    return { links: () => [...this.#links.values()], close: () => (this.#onChange = undefined) };
  }

  add(name: string, addresses: readonly (IpAddress | undefined)[] = []): void {
    this.host.interface(name).appear();
    const own = addresses.flatMap((address) => (address === undefined ? [] : [{ address }]));
    const link = { ifindex: this.#next++, name, mtu: 1500, up: true, carrier: true, kind: 'veth', addresses: own };
    this.#links.set(name, link);
    this.#onChange?.();
  }

  resize(name: string, mtu: number): void {
    const link = this.#links.get(name);
    if (link !== undefined) this.#links.set(name, { ...link, mtu });
    this.#onChange?.();
  }

  remove(name: string): void {
    this.#links.delete(name);
    this.host.interface(name).vanish();
    this.#onChange?.();
  }
}
