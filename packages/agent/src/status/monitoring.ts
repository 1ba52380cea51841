import type { ListenAddress } from '@midonet/contract';
import { startMetricsListener, type MetricsListener } from '@midonet/contract/metrics-listener';
import type { Logger } from '../logger.ts';

type Monitored = Parameters<typeof startMetricsListener>[1];

/** Where monitoring may ask this agent; elsewhere from one moment to the next. */
export class Monitoring {
  readonly #monitored: Monitored;
  readonly #logger: Logger;
  #listener: MetricsListener | undefined;
  /** One move after the other. */
  #moving: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(monitored: Monitored, logger: Logger) {
    this.#monitored = monitored;
    this.#logger = logger;
  }

  get url(): string | undefined {
    return this.#listener?.url;
  }

  /** Throws when it cannot listen there. */
  async start(address: ListenAddress): Promise<void> {
    const listener = await startMetricsListener(address, this.#monitored);
    if (this.#closed) listener.close();
    else this.#listener = listener;
  }

  /** Listens there instead, or nowhere. What cannot be is logged: the agent goes on. */
  move(address: ListenAddress | undefined): void {
    this.#moving = this.#moving.then(async () => {
      this.#listener?.close();
      this.#listener = undefined;
      if (address === undefined || this.#closed) return;
      try {
        await this.start(address);
        this.#logger.info({ metrics: this.url }, 'monitoring may ask here');
      } catch (error) {
        this.#logger.error({ err: error, ...address }, 'cannot listen for monitoring');
      }
    });
  }

  close(): void {
    this.#closed = true;
    this.#listener?.close();
  }
}
