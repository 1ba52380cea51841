import { WRITE_DOWN_MS } from '../agent-times.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Logger } from '../logger.ts';

/** Has what the agent knows written down a while after it changed, and at the end. */
export class MemoryWriter {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #write: () => void;
  #due: Timer | undefined;

  constructor({ clock, logger }: { readonly clock: Clock; readonly logger: Logger }, write: () => void) {
    this.#clock = clock;
    this.#logger = logger;
    this.#write = write;
  }

  soon(): void {
    this.#due ??= this.#clock.after(WRITE_DOWN_MS, () => {
      this.#due = undefined;
      this.#now();
    });
  }

  close(): void {
    this.#due?.cancel();
    this.#now();
  }

  #now(): void {
    try {
      this.#write();
    } catch (error) {
      this.#logger.error(
        { err: error },
        'cannot write down the topology: a restart without controller would know less',
      );
    }
  }
}
