import { DIMENSIONS, type Dimension, type Features } from './feature.ts';
import { Split } from './split.ts';

/** Sets of so few rules are asked one by one. */
const FEW = 3;
/** Dimensions that packets are told apart by early because nearly everything else reads them too. */
const CHEAP: ReadonlySet<Dimension> = new Set(['inPort', 'outPort', 'etherType', 'protocol']);
/** A split must leave at most this share of the rules, on average over packets as the rules describe them. */
const WORTHWHILE = 0.7;

/** A set told apart by one dimension. */
export type Parts = {
  /** Rules that insist on nothing there, if any: every packet meets them. */
  readonly others: RuleSet | undefined;
  readonly split: Split<RuleSet>;
  /** Of the rules in the split. */
  readonly first: number;
  readonly last: number;
};

/**
 * Some rules of a chain, by position, in rising order. Split by one dimension when a packet first
 * asks: rules that insist on nothing there are a set of their own, which every packet meets, and so
 * are those of each value. A rule is in one place of a split (in a few when it names a range or
 * several ports), and each dimension is used once on a way down, so all sets together are linear in
 * the rules.
 */
export class RuleSet {
  readonly positions: number[] = [];
  readonly #features: readonly Features[];
  readonly #dimensions: readonly Dimension[];
  #parts: Parts | 'whole' | undefined;

  constructor(features: readonly Features[], dimensions: readonly Dimension[] = DIMENSIONS) {
    this.#features = features;
    this.#dimensions = dimensions;
  }

  /** All rules of a chain. */
  static of(features: readonly Features[]): RuleSet {
    const set = new RuleSet(features);
    for (let i = 0; i < features.length; i++) set.positions.push(i);
    return set;
  }

  /** Where positions from `position` on begin in `positions`. */
  indexFrom(position: number): number {
    let [low, high] = [0, this.positions.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.positions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** 'whole': these rules are asked one by one. */
  get parts(): Parts | 'whole' {
    this.#parts ??= this.#divide();
    return this.#parts;
  }

  #divide(): Parts | 'whole' {
    if (this.positions.length <= FEW) return 'whole';
    const dimension = this.#choose();
    if (dimension === undefined) return 'whole';
    const rest = this.#dimensions.filter((other) => other !== dimension);
    const make = (): RuleSet => new RuleSet(this.#features, rest);
    const split = new Split<RuleSet>(dimension);
    const others = make();
    let [first, last] = [-1, -1];
    for (const position of this.positions) {
      const feature = this.#features[position]?.[dimension];
      if (feature === undefined) {
        others.positions.push(position);
        continue;
      }
      for (const set of split.at(feature, make)) set.positions.push(position);
      if (first < 0) first = position;
      last = position;
    }
    return { others: others.positions.length === 0 ? undefined : others, split, first, last };
  }

  #choose(): Dimension | undefined {
    const total = this.positions.length;
    let best: Dimension | undefined;
    let least = total * WORTHWHILE;
    for (const dimension of this.#dimensions) {
      const { left, without } = this.#expected(dimension);
      if (CHEAP.has(dimension) && without <= total / 10) return dimension;
      if (left >= least) continue;
      least = left;
      best = dimension;
    }
    return best;
  }

  /** Rules that say nothing in a dimension, and those a packet is left with behind it. */
  #expected(dimension: Dimension): { readonly left: number; readonly without: number } {
    const sizes = new Map<string | number, number>();
    let without = 0;
    for (const position of this.positions) {
      const feature = this.#features[position]?.[dimension];
      if (feature === undefined) without++;
      else for (const value of valuesOf(feature)) sizes.set(value, (sizes.get(value) ?? 0) + 1);
    }
    let squares = 0;
    for (const size of sizes.values()) squares += size * size;
    return { left: without + squares / this.positions.length, without };
  }
}

/** Equal for features that lead to the same place. */
function valuesOf(feature: NonNullable<Features[Dimension]>): readonly (string | number)[] {
  switch (feature.kind) {
    case 'ports':
      return feature.ports;
    case 'value':
      return [feature.value];
    case 'prefix':
      return [feature.prefix.text];
    case 'range':
      return [feature.range.start * 0x10000 + feature.range.end];
    default:
      return feature satisfies never;
  }
}
