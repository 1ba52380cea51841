import type { Tag } from '@midonet/flow';
import { network4, network6, parseCidr, type Cidr } from '@midonet/packet';

const PREFIX = 'route:';
/** `route:` and the router's UUID and a colon stand before the prefix. */
const ID_END = PREFIX.length + 36;

type Lengths = Map<number, Map<number | bigint, Tag>>;

/**
 * The route tags of installed flows, found by overlap: a route that comes or goes touches a flow
 * exactly when one of the two prefixes contains the other.
 */
export class RouteOverlap {
  /** By router, family, prefix length and network. */
  readonly #four = new Map<string, Lengths>();
  readonly #six = new Map<string, Lengths>();

  add(tag: Tag): void {
    const parsed = parseRouteTag(tag);
    if (parsed === undefined) return;
    const family = this.#family(parsed.prefix);
    let lengths = family.get(parsed.routerId);
    if (lengths === undefined) family.set(parsed.routerId, (lengths = new Map<number, Map<number | bigint, Tag>>()));
    let networks = lengths.get(parsed.prefix.length);
    if (networks === undefined) lengths.set(parsed.prefix.length, (networks = new Map<number | bigint, Tag>()));
    networks.set(networkOf(parsed.prefix, parsed.prefix.length), tag);
  }

  remove(tag: Tag): void {
    const parsed = parseRouteTag(tag);
    if (parsed === undefined) return;
    const family = this.#family(parsed.prefix);
    const lengths = family.get(parsed.routerId);
    const networks = lengths?.get(parsed.prefix.length);
    networks?.delete(networkOf(parsed.prefix, parsed.prefix.length));
    if (networks?.size === 0) lengths?.delete(parsed.prefix.length);
    if (lengths?.size === 0) family.delete(parsed.routerId);
  }

  /** Tags of this router whose prefix overlaps `prefix`. */
  overlapping(routerId: string, prefix: Cidr): Tag[] {
    const found: Tag[] = [];
    for (const [length, networks] of this.#family(prefix).get(routerId) ?? []) {
      if (length <= prefix.length) {
        const tag = networks.get(networkOf(prefix, length));
        if (tag !== undefined) found.push(tag);
        continue;
      }
      const wanted = networkOf(prefix, prefix.length);
      for (const [network, tag] of networks) if (cut(network, prefix.length) === wanted) found.push(tag);
    }
    return found;
  }

  #family(prefix: Cidr): Map<string, Lengths> {
    return typeof prefix.address === 'number' ? this.#four : this.#six;
  }
}

export function isRouteTag(tag: Tag): boolean {
  return tag.startsWith(PREFIX);
}

function parseRouteTag(tag: Tag): { readonly routerId: string; readonly prefix: Cidr } | undefined {
  const prefix = parseCidr(tag.slice(ID_END + 1));
  return prefix === undefined ? undefined : { routerId: tag.slice(PREFIX.length, ID_END), prefix };
}

function networkOf(prefix: Cidr, length: number): number | bigint {
  return cut(prefix.address, length);
}

function cut(address: number | bigint, length: number): number | bigint {
  // The brand says "an address"; a network of either family is one.
  return typeof address === 'number' ? network4(address as never, length) : network6(address as never, length);
}
