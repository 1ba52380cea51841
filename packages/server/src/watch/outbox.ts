import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';

export type OutboxOptions = {
  /** Text waiting for this reader before its subscriptions are dropped and resynced, in characters. */
  readonly limit: number;
  readonly budget: SendBudget;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Something was taken: there may be room. */
  readonly onTaken: () => void;
};

/** What waits for all readers of a controller together. */
export class SendBudget {
  readonly #limit: number;
  waiting = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get exceeded(): boolean {
    return this.waiting > this.#limit;
  }
}

/** Even when others have used up what there is for all. */
const ALWAYS = 64 * 1024;
/** Answers to what the reader itself asked for: one that asks on and never reads is no reader. */
const REPLIES = 1 << 20;

/** What waits to be taken by one reader. */
export class Outbox {
  readonly #socket: WebSocket;
  readonly #options: OutboxOptions;
  #waiting = 0;
  #replies = 0;
  #taken: number;
  #closed = false;

  constructor(socket: WebSocket, options: OutboxOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#taken = options.clock.monotonic();
    socket.on('close', () => {
      this.#closed = true;
      options.budget.waiting -= this.#waiting;
      this.#waiting = 0;
    });
  }

  /** Nothing more of a subscription may be queued. */
  get overLimit(): boolean {
    const { limit, budget } = this.#options;
    return this.#waiting > limit || (budget.exceeded && this.#waiting > ALWAYS);
  }

  /** How long nothing of what waits has been taken, in milliseconds. */
  get stalledMs(): number {
    return this.#waiting === 0 ? 0 : this.#options.clock.monotonic() - this.#taken;
  }

  items(text: string): void {
    this.#send(text, 0);
  }

  /** False when the reader has asked for far more than it takes; nothing was sent then. */
  reply(text: string): boolean {
    if (this.#replies > REPLIES) return false;
    this.#send(text, text.length);
    return true;
  }

  #send(text: string, reply: number): void {
    const { budget, clock, onTaken } = this.#options;
    if (this.#closed || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#waiting === 0) this.#taken = clock.monotonic();
    this.#waiting += text.length;
    this.#replies += reply;
    budget.waiting += text.length;
    this.#socket.send(text, () => {
      if (this.#closed) return;
      this.#taken = clock.monotonic();
      this.#waiting -= text.length;
      this.#replies -= reply;
      budget.waiting -= text.length;
      onTaken();
    });
  }
}
