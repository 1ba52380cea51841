import { cidrContains, isIp4, type Cidr, type Ip4, type Ip6, type IpAddress, type Mac } from '@midonet/packet';
import type { BridgePort } from '@midonet/topology';
import { derived } from '../cache.ts';
import { AddressTrie } from '../chain/classifier/address-trie.ts';
import { PrefixTest } from '../chain/prefix-test.ts';
import { linkLocalAddress } from '../ip-scope.ts';
import type { Walk } from '../walk.ts';

type Found = 'allowed' | 'unspecified';

const UNSPECIFIED = {
  ip4: new PrefixTest({ address: 0 as Ip4, length: 32 }),
  ip6: new PrefixTest({ address: 0n as Ip6, length: 128 }),
} as const;

/** The addresses that one MAC may use on a port; its own link-local address is always one of them. */
export class AllowedSources {
  readonly #prefixes: readonly Cidr[];
  /** Absent: any address of the family. */
  readonly #tries: { readonly ip4: AddressTrie<Found>; readonly ip6: AddressTrie<Found> } | undefined;
  #$found: Found | undefined;
  readonly #visit = (found: Found): void => {
    this.#$found = found;
  };

  /** `undefined` in place of a prefix: any address. */
  constructor(mac: Mac, prefixes: readonly (Cidr | undefined)[]) {
    const named = prefixes.filter((prefix) => prefix !== undefined);
    this.#prefixes = [...named, { address: linkLocalAddress(mac), length: 128 }];
    if (named.length < prefixes.length) return;
    this.#tries = { ip4: new AddressTrie(32), ip6: new AddressTrie(128) };
    for (const family of ['ip4', 'ip6'] as const) this.#tries[family].at(UNSPECIFIED[family], () => 'unspecified');
    for (const prefix of this.#prefixes) {
      this.#tries[isIp4(prefix.address) ? 'ip4' : 'ip6'].at(new PrefixTest(prefix), () => 'allowed');
    }
  }

  /** What the packet's source is; reads no more of it than tells it from the others. */
  find(walk: Walk, family: 'ip4' | 'ip6'): Found | undefined {
    if (this.#tries === undefined) return 'allowed';
    this.#$found = undefined;
    walk.packet.lookupIpSrc(this.#tries[family].visiting(this.#visit));
    return this.#$found;
  }

  hasAddress(address: IpAddress): boolean {
    return this.#tries === undefined || this.#prefixes.some((prefix) => cidrContains(prefix, address));
  }
}

export const allowedSources = derived((port: BridgePort): ReadonlyMap<Mac, AllowedSources> => {
  const byMac = Map.groupBy(port.allowedAddresses ?? [], ({ mac }) => mac);
  return new Map(
    Array.from(byMac, ([mac, allowed]) => [
      mac,
      new AllowedSources(
        mac,
        allowed.map(({ prefix }) => prefix),
      ),
    ]),
  );
});
