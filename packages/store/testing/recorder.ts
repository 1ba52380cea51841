import type { StoreEvent, Watcher } from '../src/store.ts';

/** A watcher that keeps what it gets and lets a test wait for it. */
export class Recorder implements Watcher {
  readonly events: StoreEvent[] = [];
  ended: string | undefined;
  #wake: (() => void) | undefined;

  onEvent(event: StoreEvent): void {
    this.events.push(event);
    this.#wake?.();
  }

  onEnd(reason: 'compacted' | 'overflow' | 'closed'): void {
    this.ended = reason;
    this.#wake?.();
  }

  async until(holds: (recorder: Recorder) => boolean): Promise<void> {
    while (!holds(this)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** `3: put a=1, delete b` for each event. */
  lines(): string[] {
    return this.events.map(
      (event) =>
        `${event.revision}: ` +
        event.changes
          .map((change) =>
            change.kind === 'put' ? `put ${change.entry.key}=${change.entry.value}` : `delete ${change.key}`,
          )
          .join(', '),
    );
  }
}
