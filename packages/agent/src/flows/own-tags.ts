import type { FlowId } from '@midonet/datapath';
import type { Tag } from '@midonet/flow';

const NONE: readonly FlowId[] = [];

/**
 * Tags that one flow has, or two or three: those of connections. Kept by themselves, so that the many
 * flows of a class of traffic share the list of the tags that they have in common.
 */
export class OwnTags {
  readonly #byTag = new Map<Tag, FlowId | readonly FlowId[]>();
  readonly #byFlow = new Map<FlowId, readonly Tag[]>();

  has(tag: Tag): boolean {
    return this.#byTag.has(tag);
  }

  /** Flows that have `tag`. */
  flowsOf(tag: Tag): readonly FlowId[] {
    const found = this.#byTag.get(tag);
    if (found === undefined) return NONE;
    return typeof found === 'number' ? [found] : found;
  }

  of(id: FlowId): readonly Tag[] {
    return this.#byFlow.get(id) ?? [];
  }

  /** Gives a flow its tags, which it had none of; each once. */
  set(id: FlowId, tags: readonly Tag[]): void {
    if (tags.length === 0) return;
    this.#byFlow.set(id, tags);
    for (const tag of tags) {
      const found = this.#byTag.get(tag);
      this.#byTag.set(tag, found === undefined ? id : typeof found === 'number' ? [found, id] : [...found, id]);
    }
  }

  remove(id: FlowId): void {
    const tags = this.#byFlow.get(id);
    if (tags === undefined) return;
    this.#byFlow.delete(id);
    for (const tag of tags) {
      const left = this.flowsOf(tag).filter((other) => other !== id);
      if (left.length === 0) this.#byTag.delete(tag);
      else this.#byTag.set(tag, left.length === 1 ? left[0]! : left);
    }
  }
}
