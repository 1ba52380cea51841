import type { HostId } from '@midonet/topology';
import type { TopologyReader } from '../topology/reader.ts';

/** What hosts are called in one answer: by their names, or for who may not know these, in the order they come. */
export class HostWords {
  readonly #all: TopologyReader;
  readonly #named: boolean;
  readonly #words = new Map<HostId, Promise<string>>();

  constructor(all: TopologyReader, named: boolean) {
    this.#all = all;
    this.#named = named;
  }

  of(id: HostId): Promise<string> {
    let word = this.#words.get(id);
    if (word === undefined) {
      word = this.#named ? this.#nameOf(id) : Promise.resolve(`host ${this.#words.size + 1}`);
      this.#words.set(id, word);
    }
    return word;
  }

  async #nameOf(id: HostId): Promise<string> {
    return (await this.#all.get('host', id))?.name ?? id;
  }
}
