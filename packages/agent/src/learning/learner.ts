import type { Proposal, Tag } from '@midonet/flow';
import { sharedRowKey, type BridgeId, type PortId, type RouterId, type SharedRow } from '@midonet/topology';
import { macTag } from '@midonet/flow';
import type { Knowledge } from '../view/knowledge.ts';
import { neighbourKey } from '../view/neighbour-tables.ts';
import type { RowWriter } from '../watch/row-writer.ts';

/** An answer is shared again when the row is at least this old, so that everybody's stays fresh. */
const SHARE_AGAIN_MS = 25_000;

export type LearnerModules = {
  readonly knowledge: Knowledge;
  readonly rows: RowWriter;
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
};

/** What a proposal changed: flows to drop and packets to wake. */
export type Learned = { readonly tags: readonly Tag[]; readonly arrived: readonly string[] };

/**
 * Turns proposals into rows. They count here at once and are shared in batches. A row belongs to
 * whoever wrote it last; only that host lets it go when nothing uses it any more.
 */
export class Learner {
  readonly #modules: LearnerModules;
  readonly #unusedSince = new Map<string, number>();
  /** Of this host alone, from 1 to 2. */
  readonly #stretch: number;
  /**
   * A MAC row goes when no flow has used it for this long to twice as long (looked at every few seconds), each host
   * with a time of its own: what a thousand hosts learned at one moment would be news for all of them at one moment.
   */
  unusedMacMs = 30_000;

  constructor(modules: LearnerModules) {
    this.#modules = modules;
    this.#stretch = 1 + modules.random();
  }

  take(proposals: readonly Proposal[]): Learned {
    const tags: Tag[] = [];
    const arrived: string[] = [];
    for (const proposal of proposals) {
      if (proposal.kind === 'learnMac') this.#mac(proposal, tags);
      else this.#neighbour(proposal, tags, arrived);
    }
    return { tags, arrived };
  }

  /** Somebody else's row replaced ours, or it was taken from us: it is not ours to delete. */
  observe(key: string, value: SharedRow | undefined): void {
    const { rows } = this.#modules;
    const own = rows.ownedAt(key);
    if (own !== undefined && !sameRow(own, value)) rows.disown(key);
  }

  /** Lets go of own MAC rows that no flow has used for a while; `uses` asks the flow table. */
  sweep(uses: (tag: Tag) => boolean): Tag[] {
    const { rows, knowledge, now } = this.#modules;
    const tags: Tag[] = [];
    const seen = new Set<string>();
    for (const row of [...rows.owned()]) {
      if (row.kind !== 'learnedMac') continue;
      const key = sharedRowKey(row);
      seen.add(key);
      if (uses(macTag(row.bridgeId, row.vlan, row.mac))) {
        this.#unusedSince.delete(key);
        continue;
      }
      const since = this.#unusedSince.get(key);
      if (since === undefined) this.#unusedSince.set(key, now());
      else if (now() - since >= this.unusedMacMs * this.#stretch) {
        this.#unusedSince.delete(key);
        rows.delete(key);
        const tag = knowledge.macs.drop(row.bridgeId, row.vlan, row.mac);
        if (tag !== undefined) tags.push(tag);
      }
    }
    for (const key of this.#unusedSince.keys()) if (!seen.has(key)) this.#unusedSince.delete(key);
    return tags;
  }

  // The vocabulary names objects by plain text; they come from the topology.
  #mac(proposal: Extract<Proposal, { kind: 'learnMac' }>, tags: Tag[]): void {
    const { knowledge, rows } = this.#modules;
    const { vlan, mac } = proposal;
    const bridgeId = proposal.bridgeId as BridgeId;
    const portId = proposal.portId as PortId;
    const tag = knowledge.learnMac(bridgeId, vlan, mac, portId);
    if (tag === undefined) return;
    tags.push(tag);
    rows.put({ kind: 'learnedMac', bridgeId, vlan, mac, portId });
  }

  #neighbour(proposal: Extract<Proposal, { kind: 'learnNeighbour' }>, tags: Tag[], arrived: string[]): void {
    const { knowledge, rows, now } = this.#modules;
    const { ip, mac } = proposal;
    const routerId = proposal.routerId as RouterId;
    const portId = proposal.portId as PortId;
    const known = knowledge.neighbours.row(routerId, portId, ip);
    const fresh = known?.mac === mac && now() - known.refreshed < SHARE_AGAIN_MS;
    if (!fresh) {
      const tag = knowledge.learnNeighbour(routerId, portId, ip, mac);
      if (tag !== undefined) tags.push(tag);
      rows.put({ kind: 'neighbour', routerId, portId, ip, mac });
    }
    arrived.push(`neighbour ${neighbourKey(routerId, portId, ip)}`);
  }
}

function sameRow(a: SharedRow, b: SharedRow | undefined): boolean {
  if (a.kind === 'learnedMac') return b?.kind === 'learnedMac' && b.portId === a.portId;
  if (a.kind === 'neighbour') return b?.kind === 'neighbour' && b.mac === a.mac;
  return true;
}
