import type { ChoiceTable, Datapath } from '@midonet/datapath';
import type { MemberChoice } from '@midonet/flow';
import { placesNow } from '@midonet/simulation';
import { parseId, type LoadBalancerId, type PoolId } from '@midonet/topology';
import type { Knowledge } from '../view/knowledge.ts';

export type ChoicesModules = {
  readonly datapath: () => Datapath;
  readonly knowledge: Knowledge;
};

/** The members of one pool, as the datapath chooses among them. */
export type Pool = { readonly key: string; readonly table: ChoiceTable; users: number };

/** Pools whose members the datapath chooses. What changes about one removes the templates that use it. */
export class Choices {
  readonly #modules: ChoicesModules;
  readonly #pools = new Map<string, Pool>();

  constructor(modules: ChoicesModules) {
    this.#modules = modules;
  }

  /**
   * The pool of a choice as it is now, for one more user, and the member's number in it; undefined
   * when it cannot be had.
   */
  hold({ balancerId, poolId, memberId }: MemberChoice): { readonly pool: Pool; readonly member: number } | undefined {
    const { datapath, knowledge } = this.#modules;
    const [balancer, id] = [parseId<LoadBalancerId>(balancerId), parseId<PoolId>(poolId)];
    const device = balancer === undefined ? undefined : knowledge.devices.balancer(balancer);
    const pool = id === undefined ? undefined : device?.pools.get(id);
    if (device === undefined || pool === undefined) return undefined;
    const now = placesNow(pool, (one) => device.health.get(one.id) !== 'down');
    const member = now?.members.findIndex((one) => one.id === memberId) ?? -1;
    if (now === undefined || member < 0) return undefined;
    let known = this.#pools.get(poolId);
    if (known === undefined) {
      const table = datapath().openChoices();
      if (table === undefined) return undefined;
      known = { key: poolId, table, users: 0 };
      this.#pools.set(poolId, known);
    }
    known.users++;
    known.table.set(now.places);
    return { pool: known, member: member + 1 };
  }

  letGo(pool: Pool): void {
    pool.users--;
    if (pool.users > 0) return;
    this.#pools.delete(pool.key);
    this.#modules.datapath().closeChoices(pool.table);
  }
}
