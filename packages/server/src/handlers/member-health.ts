import type { MappingStatus } from '@midonet/contract';
import type { Pool, PoolId, PoolMember, PoolMemberId } from '@midonet/topology';
import type { Reader } from '../topology/reader.ts';

type Checked = { readonly checked: boolean; readonly health: ReadonlyMap<PoolMemberId, 'up' | 'down'> };

/** What agents found out about members, for one answer: each pool is looked up once. */
export class MemberHealth {
  readonly #reader: Reader;
  readonly #pools = new Map<PoolId, Promise<Checked>>();

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /** A member counts as up until somebody who asks it says otherwise, as it does for packets. */
  async isUp({ id, poolId }: PoolMember): Promise<boolean> {
    return (await this.#pool(poolId)).health.get(id) !== 'down';
  }

  async mappingOf({ id }: Pool): Promise<MappingStatus> {
    const { checked, health } = await this.#pool(id);
    if (!checked) return 'INACTIVE';
    return health.size === 0 ? 'PENDING_CREATE' : 'ACTIVE';
  }

  #pool(id: PoolId): Promise<Checked> {
    let looking = this.#pools.get(id);
    if (looking === undefined) this.#pools.set(id, (looking = this.#look(id)));
    return looking;
  }

  async #look(id: PoolId): Promise<Checked> {
    const monitorId = (await this.#reader.get('pool', id))?.healthMonitorId;
    const monitor = monitorId === undefined ? undefined : await this.#reader.get('healthMonitor', monitorId);
    if (monitor?.adminStateUp !== true) return { checked: false, health: new Map() };
    const rows = await this.#reader.list('memberHealth', id);
    return { checked: true, health: new Map(rows.map(({ memberId, status }) => [memberId, status])) };
  }
}
