import type { FlowId } from '@midonet/datapath';
import type { Tag, Tuple } from '@midonet/flow';

const NONE: readonly FlowId[] = [];
const PORTS = 1 << 16;

/**
 * Tags that one flow has, or two or three: those of connections. Kept by themselves, so that the many
 * flows of a class of traffic share the list of the tags that they have in common.
 */
export class OwnTags {
  readonly #flows = new FewOf<Tag>();
  /** Tags by the two ports of their tuple: most connections that come and go have none, and need no text made. */
  readonly #byPorts = new Uint32Array(PORTS);

  has(tag: Tag): boolean {
    return this.#flows.of(tag).length > 0;
  }

  /** False when no tag is this tuple's, in whichever device. */
  mayHave({ srcPort, dstPort }: Tuple): boolean {
    return this.#byPorts[placeOf(srcPort, dstPort)]! > 0;
  }

  /** Flows that have `tag`. */
  flowsOf(tag: Tag): readonly FlowId[] {
    return this.#flows.of(tag);
  }

  /** Gives a flow a tag that it does not have. */
  add(tag: Tag, id: FlowId): void {
    if (this.#flows.add(tag, id) === 1) this.#byPorts[placeOfTag(tag)]! += 1;
  }

  remove(tag: Tag, id: FlowId): void {
    if (this.#flows.remove(tag, id) === 0) this.#byPorts[placeOfTag(tag)]! -= 1;
  }
}

/** Flows by something that one flow has, or two or three. */
export class FewOf<Key> {
  readonly #flows = new Map<Key, FlowId | readonly FlowId[]>();

  of(key: Key): readonly FlowId[] {
    const found = this.#flows.get(key);
    if (found === undefined) return NONE;
    return typeof found === 'number' ? [found] : found;
  }

  /** True when some flow has it. */
  has(key: Key): boolean {
    return this.#flows.has(key);
  }

  /** How many have it now. */
  add(key: Key, id: FlowId): number {
    const found = this.#flows.get(key);
    if (found === undefined) {
      this.#flows.set(key, id);
      return 1;
    }
    const all = typeof found === 'number' ? [found, id] : [...found, id];
    this.#flows.set(key, all);
    return all.length;
  }

  /** How many have it left; it had it. */
  remove(key: Key, id: FlowId): number {
    const found = this.#flows.get(key);
    if (found === undefined || typeof found === 'number') {
      this.#flows.delete(key);
      return 0;
    }
    const left = found.filter((other) => other !== id);
    if (left.length === 0) this.#flows.delete(key);
    else this.#flows.set(key, left.length === 1 ? left[0]! : left);
    return left.length;
  }
}

function placeOf(srcPort: number, dstPort: number): number {
  return (Math.imul(srcPort, 31) ^ dstPort) & (PORTS - 1);
}

/** `connection:DEVICE:6 10.0.0.1:1234 > 10.0.0.2:80`, see `connectionTag`. */
function placeOfTag(tag: Tag): number {
  const middle = tag.indexOf(' > ');
  const [src, dst] = [tag.slice(tag.lastIndexOf(':', middle) + 1, middle), tag.slice(tag.lastIndexOf(':') + 1)];
  return placeOf(Number(src), Number(dst));
}
