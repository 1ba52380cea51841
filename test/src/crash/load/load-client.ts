import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { etagOf, type Client } from '@midonet/contract';
import { pick, type Random } from '../../lab/seeded.ts';
import type { Told } from '../history.ts';
import { Caller } from './caller.ts';
import type { World } from './world.ts';

/** Between two calls of a client: the machine is to be busy with faults, not with load. */
const PACE_MS = 15;
/** After one that was not answered: nobody there answers at once. */
const WAIT_MS = 100;
const OWN_AT_MOST = 20;

/** One client, one call at a time, of every kind. */
export class LoadClient {
  readonly #api: Client;
  readonly #world: World;
  readonly #random: Random;
  readonly #caller: Caller;
  /** What it made and nobody else touches. */
  readonly #own: string[] = [];

  constructor(index: number, modules: { readonly api: Client; readonly world: World; readonly random: Random }) {
    this.#api = modules.api;
    this.#world = modules.world;
    this.#random = modules.random;
    this.#caller = new Caller(modules.world, index);
  }

  async run(stopped: () => boolean): Promise<void> {
    while (!stopped()) {
      const told = await this.#step();
      await pause(told.kind === 'unknown' ? WAIT_MS : PACE_MS);
    }
  }

  /** Undefined when it is not known to be there. */
  async create(tenantId?: string): Promise<string | undefined> {
    const value = this.#world.nextValue();
    const told = await this.#caller.ask({ kind: 'create', value }, async () => {
      const { id } = await this.#api.bridges.create({ body: { name: value, tenantId } });
      return { [id]: value };
    });
    return told.kind === 'ok' ? Object.keys(told.values)[0] : undefined;
  }

  #step(): Promise<Told> {
    const what = this.#random();
    const id = pick(this.#random, this.#world.registers);
    if (what < 0.2) return this.#read(id).then(({ told }) => told);
    if (what < 0.35) return this.#write(id);
    if (what < 0.55) return this.#compareAndSet(id);
    if (what < 0.75) return this.#batch();
    if (what < 0.8) return this.#lookBack();
    return this.#own.length < OWN_AT_MOST && what < 0.92 ? this.#createOwn() : this.#remove();
  }

  async #read(id: string): Promise<{ told: Told; etag: string | undefined }> {
    let etag: string | undefined;
    const told = await this.#caller.ask({ kind: 'read', id }, async () => {
      const bridge = await this.#api.bridges.get({ id });
      etag = etagOf(bridge);
      return { [id]: bridge.name ?? '' };
    });
    return { told, etag };
  }

  #write(id: string): Promise<Told> {
    const value = this.#world.nextValue();
    return this.#caller.ask({ kind: 'write', id, value }, async () => {
      await this.#api.bridges.update({ id, body: { name: value } });
      return {};
    });
  }

  async #compareAndSet(id: string): Promise<Told> {
    const { told, etag } = await this.#read(id);
    if (told.kind !== 'ok' || etag === undefined) return told;
    const from = told.values[id] ?? '';
    const value = this.#world.nextValue();
    return this.#caller.ask({ kind: 'cas', id, from, value }, async () => {
      await this.#api.bridges.patch({ id, ifMatch: etag, body: { name: value } });
      return {};
    });
  }

  /** Every second one only while the first of the group is as it was read. */
  async #batch(): Promise<Told> {
    const { ids } = pick(this.#random, this.#world.groups);
    const [first = ''] = ids;
    const seen = this.#random() < 0.5 ? await this.#read(first) : undefined;
    if (seen !== undefined && seen.told.kind !== 'ok') return seen.told;
    const from = seen?.told.kind === 'ok' ? seen.told.values[first] : undefined;
    const added = randomUUID();
    const value = this.#world.nextValue();
    const operations = [
      ...ids.map((id) => {
        const ifMatch = id === first ? (seen?.etag ?? null) : null;
        return { method: 'PUT', path: `/bridges/${id}`, body: { name: value }, ifMatch } as const;
      }),
      { method: 'POST', path: '/bridges', body: { id: added, name: value } } as const,
    ];
    const told = await this.#caller.ask({ kind: 'batch', ids, added, value, from }, async () => {
      await this.#api.batch.run({ body: { operations } });
      return {};
    });
    if (told.kind === 'ok') this.#own.push(added);
    return told;
  }

  #lookBack(): Promise<Told> {
    const { ids, tenantId } = pick(this.#random, this.#world.groups);
    const revision = this.#world.heardOf;
    return this.#caller.ask({ kind: 'lookBack', ids, revision }, async () => {
      const query = { at: String(revision), tenant_id: tenantId };
      const found = await this.#api.bridges.list({ query });
      return Object.fromEntries(found.map(({ id, name }) => [id, name ?? '']));
    });
  }

  async #createOwn(): Promise<Told> {
    const value = this.#world.nextValue();
    const told = await this.#caller.ask({ kind: 'create', value }, async () => {
      const { id } = await this.#api.bridges.create({ body: { name: value } });
      return { [id]: value };
    });
    if (told.kind === 'ok') this.#own.push(...Object.keys(told.values));
    return told;
  }

  /** Each is asked for once: after an unknown fate nothing can be told from a 404. */
  #remove(): Promise<Told> {
    const id = this.#own.shift();
    if (id === undefined) return this.#createOwn();
    return this.#caller.ask({ kind: 'delete', id }, async () => {
      await this.#api.bridges.remove({ id });
      return {};
    });
  }
}
