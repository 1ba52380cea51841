import { ApiError } from '@midonet/contract';
import type { Asked, Told } from '../history.ts';
import type { World } from './world.ts';

type Values = Readonly<Record<string, string>>;

/** Asks, and records what was asked and told. */
export class Caller {
  readonly #world: World;
  readonly #client: number;

  constructor(world: World, client: number) {
    this.#world = world;
    this.#client = client;
  }

  async ask(asked: Asked, run: () => Promise<Values>): Promise<Told> {
    const start = performance.now();
    const told = await run().then(
      (values): Told => ({ kind: 'ok', values }),
      (error: unknown) => toldOf(error),
    );
    this.#world.record({ kind: 'call', client: this.#client, asked, start, end: performance.now(), told });
    return told;
  }
}

/** 503: the controller could not tell whether the store took it; 507: the last of its attempts found no room. */
const PERHAPS_DONE = new Set([undefined, 502, 503, 504, 507]);

function toldOf(error: unknown): Told {
  if (!(error instanceof ApiError)) throw error;
  const why = error.message;
  if (error.status === undefined || PERHAPS_DONE.has(error.status)) return { kind: 'unknown', why };
  return { kind: 'refused', status: error.status, why };
}
