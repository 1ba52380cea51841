import type { PacketReader, Rewrite, VirtualAction } from '@midonet/flow';

type Output = { readonly rewrites: readonly Rewrite[]; portIds: readonly string[] };

/** The copies of a packet that leave the topology, grouped by what was changed in them. */
export class Outputs {
  readonly #groups: Output[] = [];

  /** The packet as it stands leaves through these ports, each named once; a port gets one copy of a kind. */
  add(portIds: readonly string[], packet: PacketReader): void {
    const rewrites = packet.rewritesSince(packet.start) ?? [];
    const group = this.#groups.find((known) => sameRewrites(known.rewrites, rewrites));
    if (group === undefined) this.#groups.push({ rewrites, portIds });
    else group.portIds = [...new Set([...group.portIds, ...portIds])];
  }

  get isEmpty(): boolean {
    return this.#groups.length === 0;
  }

  /** Every port that gets a copy, once. */
  portIds(): string[] {
    return [...new Set(this.#groups.flatMap(({ portIds }) => portIds))];
  }

  /** As actions that leave the packet as it was: each differently rewritten copy in a clone. */
  cloned(): VirtualAction[] {
    return this.#groups
      .map((group): VirtualAction[] => {
        const actions = append(group, []);
        return group.rewrites.length === 0 ? actions : [{ kind: 'clone', actions }];
      })
      .flat();
  }

  /**
   * As actions: the copies that leave as they came first, then each differently rewritten one in a
   * clone, the last in the open.
   */
  actions(): readonly VirtualAction[] {
    const groups = this.#groups;
    if (groups.length > 1) groups.sort((a, b) => a.rewrites.length - b.rewrites.length);
    const actions: VirtualAction[] = [];
    for (let i = 0; i < groups.length; i++) {
      const group = groups[i];
      if (group === undefined) continue;
      if (group.rewrites.length === 0 || i === groups.length - 1) append(group, actions);
      else actions.push({ kind: 'clone', actions: append(group, []) });
    }
    return actions;
  }
}

function append({ rewrites, portIds }: Output, actions: VirtualAction[]): VirtualAction[] {
  for (const rewrite of rewrites) actions.push(rewrite);
  for (const portId of portIds) actions.push({ kind: 'emit', portId });
  return actions;
}

function sameRewrites(a: readonly Rewrite[], b: readonly Rewrite[]): boolean {
  return a.length === b.length && a.every((rewrite, index) => sameRewrite(rewrite, b[index]));
}

function sameRewrite(a: Rewrite, b: Rewrite | undefined): boolean {
  if (b === undefined) return false;
  switch (a.kind) {
    case 'set':
      return b.kind === 'set' && a.field === b.field && a.value === b.value;
    case 'decTtl':
      return b.kind === 'decTtl' && a.by === b.by;
    case 'pushVlan':
      return b.kind === 'pushVlan' && a.tci === b.tci;
    case 'popVlan':
      return b.kind === 'popVlan';
    default:
      return a satisfies never;
  }
}
