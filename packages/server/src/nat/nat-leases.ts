import type { NatBlockRef } from '@midonet/contract';
import { formatIp, parseIp } from '@midonet/packet';
import type { Author, CommitResult, Condition, Store, StoreEntry, Write } from '@midonet/store';
import { indexKey, natBlockIndexKey, natBlockKey, natBlocksPrefix } from '@midonet/topology';
import type { Clock } from '../clock.ts';
import {
  BLOCK_SIZE,
  BLOCKS,
  isFree,
  readBlockPlace,
  readBlockRow,
  type BlockPlace,
  type BlockRow,
} from './block-row.ts';

export type NatLeaseModules = {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  /** 0 … 1. */
  readonly random: () => number;
};

export type NatOwner = { readonly hostId: string; readonly author: Author };

export type NatRequest = {
  readonly deviceId: string;
  readonly address: string;
  readonly count: number;
  readonly from?: number | undefined;
  readonly to?: number | undefined;
};

export type NatAnswer =
  | { readonly kind: 'blocks'; readonly blocks: readonly NatBlockRef[]; readonly left: number }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string };

/** Of one request; another comes when they are nearly used up. */
export const NAT_COUNT_LIMIT = 16;
/** Rows of one transaction: with their conditions and index rows within what etcd takes by default. */
const CHUNK = 40;
const RETRIES = 8;

/**
 * Leases of blocks of NAT ports. A row is written only on condition that it stands as it was read:
 * absent, ended long enough ago, or this host's. So a block has one owner, however many controllers
 * there are and whatever comes late.
 */
export class NatLeases {
  readonly #modules: NatLeaseModules;
  readonly leaseMs: number;

  constructor(modules: NatLeaseModules, leaseMs: number) {
    this.#modules = modules;
    this.leaseMs = leaseMs;
  }

  /** Reads the blocks of one address of one device; nothing else, however many there are. */
  async lease(owner: NatOwner, request: NatRequest): Promise<NatAnswer> {
    const { store, clock, random } = this.#modules;
    const { deviceId, count } = request;
    const address = parseIp(request.address);
    if (address === undefined) return refused('invalid', `address: ${request.address} is no IP address`);
    const [first, last] = [blockOf(request.from ?? 0), blockOf(request.to ?? BLOCK_SIZE * BLOCKS - 1)];
    if (last < first) return refused('invalid', 'to: must not be below from');
    const devices = await Promise.all([store.get(`router/${deviceId}`), store.get(`bridge/${deviceId}`)]);
    if (devices.every((each) => each === undefined)) return refused('notFound', `no router or bridge ${deviceId}`);
    for (let attempt = 0; attempt <= RETRIES; attempt++) {
      const now = clock.now();
      const rows = await this.#rowsOf(natBlocksPrefix(deviceId, address));
      const free: BlockPlace[] = [];
      for (let block = first; block <= last; block++) {
        const entry = rows.get(natBlockKey(deviceId, address, block));
        if (isFree(entry === undefined ? undefined : readBlockRow(entry), now)) free.push({ deviceId, address, block });
      }
      if (free.length === 0) {
        return refused('exhausted', `all ports of ${formatIp(address)} in the range are leased to hosts`);
      }
      // Neighbours from a random place: two controllers seldom reach for the same.
      const start = Math.floor(random() * free.length);
      const chosen = [...free.slice(start), ...free.slice(0, start)].slice(0, Math.min(count, NAT_COUNT_LIMIT));
      const grants = chosen.map((place) => ({ place, old: rows.get(keyOf(place)), generation: this.#generation() }));
      const result = await this.#commit(owner, grants, now);
      if (result.kind === 'committed') {
        return { kind: 'blocks', blocks: grants.map(toRef), left: free.length - grants.length };
      }
      const gone = await this.#hostGone(owner);
      if (gone !== undefined) return gone;
    }
    return refused('conflict', 'others keep leasing the same blocks; try again');
  }

  /** Answers the blocks that go on; with `mine` others of this host too, granted anew. */
  async renew(owner: NatOwner, refs: readonly NatBlockRef[], mine: boolean): Promise<NatAnswer> {
    const blocks: NatBlockRef[] = [];
    const asked = new Set<string>();
    const wanted: { place: BlockPlace; generation: number | undefined }[] = [];
    for (const ref of refs) {
      const place = placeOf(ref);
      if (place === undefined) continue;
      asked.add(keyOf(place));
      wanted.push({ place, generation: ref.generation });
    }
    if (mine) {
      for (const place of await this.#placesOf(owner.hostId)) {
        if (!asked.has(keyOf(place))) wanted.push({ place, generation: undefined });
      }
    }
    for (let at = 0; at < wanted.length; at += CHUNK) {
      const renewed = await this.#renewSome(owner, wanted.slice(at, at + CHUNK));
      if (renewed === undefined) return refused('conflict', 'these leases keep changing; try again');
      blocks.push(...renewed);
    }
    return { kind: 'blocks', blocks, left: 0 };
  }

  async release(owner: NatOwner, refs: readonly NatBlockRef[]): Promise<void> {
    for (let at = 0; at < refs.length; at += CHUNK) {
      const places = refs.slice(at, at + CHUNK).flatMap((ref) => {
        const place = placeOf(ref);
        return place === undefined ? [] : [{ place, generation: ref.generation }];
      });
      await this.#retry(async () => {
        const own = await this.#own(owner, places);
        const writes = own.flatMap(({ place }): Write[] => [
          { kind: 'delete', key: keyOf(place) },
          { kind: 'delete', key: indexOf(owner.hostId, place) },
        ]);
        return this.#modules.store.commit({ author: owner.author, conditions: own.map(asRead), writes });
      });
    }
  }

  async #renewSome(
    owner: NatOwner,
    wanted: readonly { readonly place: BlockPlace; readonly generation: number | undefined }[],
  ): Promise<NatBlockRef[] | undefined> {
    let renewed: NatBlockRef[] = [];
    const done = await this.#retry(async () => {
      const now = this.#modules.clock.now();
      const own = await this.#own(owner, wanted);
      const grants = own.map(({ place, entry, row, isKnown }) => ({
        place,
        old: entry,
        // Whoever lost its memory may have said things about the old grant that are still on their way.
        generation: isKnown ? row.generation : this.#generation(),
      }));
      renewed = grants.map(toRef);
      return this.#commit(owner, grants, now);
    });
    return done ? renewed : undefined;
  }

  /** Those of the places that are leased to the host, by the grant that is named. */
  async #own(
    owner: NatOwner,
    places: readonly { readonly place: BlockPlace; readonly generation: number | undefined }[],
  ) {
    const entries = await Promise.all(places.map(({ place }) => this.#modules.store.get(keyOf(place))));
    return entries.flatMap((entry, index) => {
      const { place, generation } = places[index]!;
      if (entry === undefined) return [];
      const row = readBlockRow(entry);
      if (row.hostId !== owner.hostId || (generation !== undefined && generation !== row.generation)) return [];
      return [{ place, entry, row, isKnown: generation !== undefined }];
    });
  }

  #commit(
    { hostId, author }: NatOwner,
    grants: readonly { place: BlockPlace; old: StoreEntry | undefined; generation: number }[],
    now: number,
  ): Promise<CommitResult> {
    // A host that is deleted meanwhile takes no block with it.
    const conditions: Condition[] = [{ kind: 'exists', key: `host/${hostId}` }];
    const writes: Write[] = [];
    for (const { place, old, generation } of grants) {
      const key = keyOf(place);
      const before = old === undefined ? undefined : readBlockRow(old);
      conditions.push({ kind: 'modified', key, revision: old?.modified ?? 0 });
      if (before !== undefined && before.hostId !== hostId) {
        writes.push({ kind: 'delete', key: indexOf(before.hostId, place) });
      }
      // Never shorter than another controller, whose clock goes before this one's, has promised.
      const promised = before?.hostId === hostId ? before.until : 0;
      const row: BlockRow = { hostId, until: Math.max(promised, now + this.leaseMs), generation };
      writes.push({ kind: 'put', key, value: JSON.stringify(row) });
      if (before?.hostId !== hostId) writes.push({ kind: 'put', key: indexOf(hostId, place), value: '""' });
    }
    return this.#modules.store.commit({ author, conditions, writes });
  }

  async #retry(attempt: () => Promise<CommitResult>): Promise<boolean> {
    for (let turn = 0; turn <= RETRIES; turn++) {
      if ((await attempt()).kind === 'committed') return true;
    }
    return false;
  }

  async #rowsOf(prefix: string): Promise<ReadonlyMap<string, StoreEntry>> {
    const { entries } = await this.#modules.store.list(prefix);
    return new Map(entries.map((entry) => [entry.key, entry]));
  }

  async #placesOf(hostId: string): Promise<BlockPlace[]> {
    const prefix = indexKey('host', hostId, 'natBlock', '');
    const { entries } = await this.#modules.store.list(prefix);
    return entries.flatMap(({ key }) => readBlockPlace(key.slice(prefix.length), '_') ?? []);
  }

  async #hostGone({ hostId }: NatOwner): Promise<NatAnswer | undefined> {
    if ((await this.#modules.store.get(`host/${hostId}`)) !== undefined) return undefined;
    return refused('notFound', `host ${hostId} was deleted: connect again`);
  }

  /** Random, so that no two grants of a block are told apart by luck of order. 1 … 2^48. */
  #generation(): number {
    return Math.floor(this.#modules.random() * 2 ** 48) + 1;
  }
}

function blockOf(port: number): number {
  return Math.floor(port / BLOCK_SIZE);
}

function placeOf({ deviceId, address, block }: NatBlockRef): BlockPlace | undefined {
  const parsed = parseIp(address);
  return parsed === undefined ? undefined : { deviceId, address: parsed, block };
}

function toRef({ place, generation }: { readonly place: BlockPlace; readonly generation: number }): NatBlockRef {
  return { deviceId: place.deviceId, address: formatIp(place.address), block: place.block, generation };
}

function keyOf({ deviceId, address, block }: BlockPlace): string {
  return natBlockKey(deviceId, address, block);
}

function indexOf(hostId: string, { deviceId, address, block }: BlockPlace): string {
  return natBlockIndexKey(hostId, deviceId, address, block);
}

function asRead({ entry }: { readonly entry: StoreEntry }): Condition {
  return { kind: 'modified', key: entry.key, revision: entry.modified };
}

function refused(code: string, message: string): NatAnswer {
  return { kind: 'refused', code, message };
}
