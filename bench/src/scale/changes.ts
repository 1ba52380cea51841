import type { MidonetApi } from '../midonet-api.ts';
import { changeName, now, type Seen } from './messages.ts';

type Change = { readonly sent: number; readonly holders: number; agents: number; at: number };

export type Spread = {
  readonly changes: number;
  /** Those that some agent did not have ten seconds after the last. */
  readonly changes_missing: number;
  /** As the controller took them. */
  readonly changes_per_s: number;
  /** From the request until the last agent that holds the object had it. */
  readonly change_ms_p50: number;
  readonly change_ms_p99: number;
  readonly change_ms_most: number;
};

const PATIENCE_MS = 10_000;
const SETTLE_MS = 120_000;

type Held = { readonly id: string; readonly holders: number };

/** Renames bridges, some a second, and waits until each agent that holds one has the new name. */
export class Changes {
  readonly #changes: Change[] = [];

  saw(seen: readonly Seen[]): void {
    for (const { change, agents, at } of seen) {
      const known = this.#changes[change];
      if (known === undefined) continue;
      known.agents += agents;
      known.at = Math.max(known.at, at);
    }
  }

  /** When all agents have taken in how the cloud was made: each bridge changes once, and its holders have that. */
  async settled(api: MidonetApi, bridges: readonly Held[]): Promise<void> {
    for (const { id, holders } of bridges) {
      const number = this.#changes.push({ sent: now(), holders, agents: 0, at: 0 }) - 1;
      await api.put(`/bridges/${id}`, { name: changeName(number), tenantId: 'scale' });
    }
    const late = await this.#late(SETTLE_MS);
    if (late > 0) throw new Error(`${late} of ${bridges.length} bridges did not reach all who hold them`);
  }

  /** `bridges` with how many agents hold each. */
  async run(
    api: MidonetApi,
    bridges: readonly Held[],
    { rate, seconds }: { readonly rate: number; readonly seconds: number },
  ): Promise<Spread> {
    const before = this.#changes.length;
    const started = now();
    const calls: Promise<void>[] = [];
    const failures: unknown[] = [];
    for (let i = 0; i < rate * seconds && failures.length === 0; i++) {
      const due = started + (i * 1000) / rate;
      const { id, holders } = bridges[i % bridges.length]!;
      if (due > now()) await new Promise((resolve) => setTimeout(resolve, due - now()));
      const number = this.#changes.push({ sent: now(), holders, agents: 0, at: 0 }) - 1;
      const call = api.put(`/bridges/${id}`, { name: changeName(number), tenantId: 'scale' });
      calls.push(call.catch((error: unknown) => void failures.push(error)));
    }
    await Promise.all(calls);
    if (failures.length > 0) throw failures[0];
    const took = now() - started;
    const late = await this.#late(PATIENCE_MS);
    const own = this.#changes.slice(before);
    const times = own.flatMap(({ sent, at }) => (at > 0 ? [at - sent] : [])).sort((a, b) => a - b);
    const rank = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
    return {
      changes: own.length,
      changes_missing: late,
      changes_per_s: (own.length * 1000) / took,
      ...{ change_ms_p50: rank(0.5), change_ms_p99: rank(0.99), change_ms_most: rank(1) },
    };
  }

  /** How many changes some agent has not seen, in the end. */
  async #late(patienceMs: number): Promise<number> {
    const end = now() + patienceMs;
    const late = (): number => this.#changes.filter(({ agents, holders }) => agents < holders).length;
    while (late() > 0 && now() < end) await new Promise((resolve) => setTimeout(resolve, 50));
    return late();
  }
}
