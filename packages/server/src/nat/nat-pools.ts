import type { NatPoolDto } from '@midonet/contract';
import { formatIp } from '@midonet/packet';
import type { Store } from '@midonet/store';
import { BLOCKS, isFree, readBlockPlace, readBlockRow } from './block-row.ts';

const PAGE = 2000;
const PREFIX = 'natBlock/';

/** What there is of an address now. */
export type NatPool = Omit<NatPoolDto, 'blocksAnHour' | 'exhaustedAt'>;

/** Who leases which ports, by device and address; of one device when it is named. */
export async function listNatPools(store: Store, now: number, deviceId: string | undefined): Promise<NatPool[]> {
  const pools = new Map<string, { deviceId: string; address: string; hosts: Map<string, number[]> }>();
  const prefix = deviceId === undefined ? PREFIX : `${PREFIX}${deviceId}/`;
  let after: string | undefined;
  do {
    const page = await store.list(prefix, { limit: PAGE, after });
    for (const entry of page.entries) {
      const place = readBlockPlace(entry.key.slice(PREFIX.length), '/');
      const row = readBlockRow(entry);
      if (place === undefined || isFree(row, now)) continue;
      const address = formatIp(place.address);
      const key = `${place.deviceId} ${address}`;
      const pool = pools.get(key) ?? { deviceId: place.deviceId, address, hosts: new Map<string, number[]>() };
      pool.hosts.set(
        row.hostId,
        [...(pool.hosts.get(row.hostId) ?? []), place.block].sort((a, b) => a - b),
      );
      pools.set(key, pool);
    }
    after = page.more ? page.entries.at(-1)?.key : undefined;
  } while (after !== undefined);
  return [...pools.values()].map(({ hosts, ...pool }) => {
    const leased = [...hosts].map(([hostId, blocks]) => ({ hostId, blocks }));
    return { ...pool, free: BLOCKS - leased.reduce((sum, { blocks }) => sum + blocks.length, 0), hosts: leased };
  });
}
