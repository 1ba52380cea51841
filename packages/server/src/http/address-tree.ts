/** What stands at an address, with the values of its parameters by their names. */
export type Found<T> = {
  readonly value: T;
  readonly template: string;
  readonly params: Readonly<Record<string, string>>;
};

type Leaf<T> = { readonly template: string; readonly parts: readonly string[]; readonly value: T };

/** Values by templates of addresses, as `/ports/{id}/link`. A word in a template goes before a parameter. */
export class AddressTree<T> {
  readonly #words = new Map<string, AddressTree<T>>();
  #parameter: AddressTree<T> | undefined;
  #leaf: Leaf<T> | undefined;

  /** What stands at a template, made where there is nothing yet. */
  at(template: string, make: () => T): T {
    const parts = template.split('/').slice(1);
    const node = parts.reduce<AddressTree<T>>((above, part) => above.#below(part), this);
    node.#leaf ??= { template, parts, value: make() };
    return node.#leaf.value;
  }

  find(segments: readonly string[]): Found<T> | undefined {
    const leaf = this.#find(segments, 0);
    if (leaf === undefined) return undefined;
    const params = leaf.parts.flatMap((part, at): [string, string][] =>
      isParameter(part) ? [[part.slice(1, -1), segments[at] ?? '']] : [],
    );
    return { value: leaf.value, template: leaf.template, params: Object.fromEntries(params) };
  }

  #below(part: string): AddressTree<T> {
    if (isParameter(part)) return (this.#parameter ??= new AddressTree());
    const node = this.#words.get(part) ?? new AddressTree();
    this.#words.set(part, node);
    return node;
  }

  #find(segments: readonly string[], from: number): Leaf<T> | undefined {
    const segment = segments[from];
    if (segment === undefined) return this.#leaf;
    const word = this.#words.get(segment);
    const found = word === undefined ? undefined : word.#find(segments, from + 1);
    if (found !== undefined || segment === '' || this.#parameter === undefined) return found;
    return this.#parameter.#find(segments, from + 1);
  }
}

function isParameter(part: string): boolean {
  return part.startsWith('{');
}
