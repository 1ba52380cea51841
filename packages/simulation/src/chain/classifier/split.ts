import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import type { ChainRun } from '../chain-run.ts';
import { AddressTrie } from './address-trie.ts';
import { ARP_OPERATIONS, type Dimension, type Feature } from './feature.ts';
import { PortTable } from './port-table.ts';

/**
 * Rules by what they insist on in one dimension. `visit` reads of the packet what this dimension
 * needs, and nothing when no rule could be told apart by it.
 */
export class Split<T> {
  readonly #dimension: Dimension;
  readonly #ports = new Map<PortId, T>();
  readonly #values = new Map<number, T>();
  readonly #ranges = new PortTable<T>();
  readonly #tries = { ip4: new AddressTrie<T>(32), ip6: new AddressTrie<T>(128) };
  #$visit: (value: T) => void = () => undefined;
  readonly #lookup4 = this.#tries.ip4.visiting((value) => {
    this.#$visit(value);
  });
  readonly #lookup6 = this.#tries.ip6.visiting((value) => {
    this.#$visit(value);
  });

  constructor(dimension: Dimension) {
    this.#dimension = dimension;
  }

  /** The places where a rule with this feature is found. */
  at(feature: Feature, make: () => T): readonly T[] {
    switch (feature.kind) {
      case 'ports':
        return feature.ports.map((port) => valueAt(this.#ports, port, make));
      case 'value':
        return [valueAt(this.#values, feature.value, make)];
      case 'prefix': {
        const { prefix } = feature;
        return [(prefix.isIp4 ? this.#tries.ip4 : this.#tries.ip6).at(prefix, make)];
      }
      case 'range':
        return this.#ranges.at(feature.range, make);
      default:
        return feature satisfies never;
    }
  }

  /** Every place whose rules this packet can still meet. */
  visit(run: ChainRun, visit: (value: T) => void): void {
    const { packet } = run.walk;
    switch (this.#dimension) {
      case 'inPort':
      case 'outPort': {
        const port = run.port(this.#dimension === 'inPort' ? 'in' : 'out');
        if (port !== undefined) visitValue(this.#ports.get(port), visit);
        return;
      }
      case 'etherType':
        visitValue(this.#values.get(run.etherType()), visit);
        return;
      case 'vlan':
        if (packet.isTagged()) visitValue(this.#values.get(packet.vlanId()), visit);
        return;
      case 'protocol': {
        const isArp = run.etherType() === ETHERTYPE_ARP;
        if (isArp || run.isIp()) visitValue(this.#values.get(run.protocol() + (isArp ? ARP_OPERATIONS : 0)), visit);
        return;
      }
      case 'dstAddress':
      case 'srcAddress':
        this.#visitAddress(run, visit);
        return;
      case 'dstPort':
        if (run.hasPorts()) this.#ranges.visit(packet.l4Dst(), visit);
        return;
      case 'srcPort':
        if (run.hasPorts()) this.#ranges.visit(packet.l4Src(), visit);
        return;
      case 'dstMac':
        visitValue(this.#values.get(packet.ethDst()), visit);
        return;
      case 'srcMac':
        visitValue(this.#values.get(packet.ethSrc()), visit);
        return;
      default:
        this.#dimension satisfies never;
    }
  }

  #visitAddress(run: ChainRun, visit: (value: T) => void): void {
    const type = run.etherType();
    const isIp6 = type === ETHERTYPE_IPV6;
    if (!isIp6 && type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_ARP) return;
    if ((isIp6 ? this.#tries.ip6 : this.#tries.ip4).isEmpty) return;
    const { packet } = run.walk;
    this.#$visit = visit;
    const table = isIp6 ? this.#lookup6 : this.#lookup4;
    if (this.#dimension === 'srcAddress') packet.lookupIpSrc(table);
    else packet.lookupIpDst(table);
  }
}

function valueAt<K, T>(map: Map<K, T>, key: K, make: () => T): T {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function visitValue<T>(value: T | undefined, visit: (value: T) => void): void {
  if (value !== undefined) visit(value);
}
