import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { MAX_PENDING_COMMITS } from '../../limits.ts';
import { StoreError } from '../../store.ts';
import { Draft, DraftFull } from './draft.ts';
import type { Fence } from './fence.ts';
import type { Freshness } from './freshness.ts';
import type { Layout } from './layout.ts';
import type { Replica } from './replica.ts';
import type { Connection } from './rpc/connection.ts';
import { storeErrorOf } from './rpc/rpc-error.ts';
import { transact } from './transactor.ts';

export type QueueModules = {
  readonly connection: Connection;
  readonly layout: Layout;
  readonly fence: Fence;
  readonly replica: Replica;
  readonly freshness: Freshness;
  /** After each batch, when its writers are told. */
  readonly onBatch: () => void;
};

/** `run` adds to the draft and answers what its caller gets. It runs again when somebody else was faster. */
type Step = { run(draft: Draft): unknown; resolve(answer: unknown): void; reject(error: unknown): void };
type Outcome = { readonly step: Step; readonly answer: () => unknown };

/**
 * Commits in the order of their calls, one transaction of etcd at a time: what arrives while one is
 * on its way shares the next. Losing a race against another controller means planning the batch anew.
 */
export class CommitQueue {
  readonly #modules: QueueModules;
  readonly #operationMs: number;
  readonly #pending: Step[] = [];
  #working: Promise<void> | undefined;
  /** For the metrics: batches planned anew because another controller wrote first. */
  conflicts = 0;

  constructor(modules: QueueModules, operationMs: number) {
    this.#modules = modules;
    this.#operationMs = operationMs;
  }

  /** Rejects with what `run` throws, or with what is wrong with etcd. */
  async add<T>(run: (draft: Draft) => T): Promise<T> {
    if (this.#pending.length >= MAX_PENDING_COMMITS) {
      throw new StoreError('unavailable', `${MAX_PENDING_COMMITS} commits are waiting; try again later`);
    }
    return new Promise<T>((resolve, reject) => {
      // As a method `resolve` takes any answer; the one it gets is what this `run` gave.
      this.#pending.push({ run, resolve, reject });
      this.#working ??= this.#work();
    });
  }

  /** Resolves when nothing waits. */
  async drained(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  async #work(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve)); // the calls of one turn share a batch
    while (this.#pending.length > 0) await this.#batch();
    this.#working = undefined;
  }

  async #batch(): Promise<void> {
    const { replica, onBatch } = this.#modules;
    const deadline = performance.now() + this.#operationMs;
    let outcomes: Outcome[] = [];
    try {
      for (let attempt = 0; ; attempt++) {
        if (replica.broken !== undefined) throw replica.broken;
        const draft = new Draft(replica, randomUUID());
        outcomes = this.#plan(draft);
        if (await this.#settle(draft, deadline)) break;
        this.conflicts++;
        if (performance.now() >= deadline) {
          throw new StoreError('unavailable', 'other controllers keep writing first; try again later');
        }
        // Controllers that lose in step would go on losing in step.
        if (attempt > 0) await delay(Math.random() * Math.min(50, 2 ** attempt));
      }
    } catch (error) {
      // Without outcomes nothing was planned, as nothing can be: that holds for whoever waits.
      const failed = this.#pending.splice(0, outcomes.length === 0 ? this.#pending.length : outcomes.length);
      for (const step of failed) step.reject(storeErrorOf(error));
      return;
    }
    this.#pending.splice(0, outcomes.length);
    for (const { step, answer } of outcomes) {
      try {
        step.resolve(answer());
      } catch (error) {
        step.reject(error);
      }
    }
    onBatch();
  }

  async #settle(draft: Draft, deadline: number): Promise<boolean> {
    if (!draft.empty) return transact(this.#modules, draft, deadline);
    const { freshness, replica } = this.#modules;
    // Nothing to write is an answer too ("conflict", "lease gone", "nothing changed"): true of the newest state only.
    await freshness.current(deadline);
    return replica.headMod === draft.headMod;
  }

  #plan(draft: Draft): Outcome[] {
    const outcomes: Outcome[] = [];
    for (const step of this.#pending) {
      try {
        const answer = step.run(draft);
        outcomes.push({ step, answer: () => answer });
      } catch (error) {
        if (error instanceof DraftFull) break;
        // Refused: it fails alone, having added nothing. Whatever it is, it reaches whoever asked.
        outcomes.push({
          step,
          answer: () => {
            throw error;
          },
        });
      }
    }
    return outcomes;
  }
}
