import assert from 'node:assert/strict';
import { ControllerConnection, Subscriptions, systemClock, webSocketDial } from '@midonet/agent';

/** The watching half of an agent, as agents run it: follows all bridges, over whichever controller lives. */
export class Follower {
  /** Keys in the order in which they were told. */
  readonly told: string[] = [];
  snapshots = 0;
  welcomes = 0;
  readonly #connection: ControllerConnection;
  readonly #subscriptions: Subscriptions;
  #revision = -1;

  constructor(urls: readonly string[], token: string, hostId: string) {
    this.#connection = new ControllerConnection(
      { urls, host: { id: hostId, name: 'follower' } },
      { dial: webSocketDial(token), clock: systemClock, random: Math.random },
      {
        onWelcome: (revision) => {
          this.welcomes++;
          this.#subscriptions.resume(revision);
        },
        onMessage: (message) => {
          const news = this.#subscriptions.receive(message);
          if (news === undefined) return;
          if (news.kind === 'snapshot') this.snapshots++;
          assert.ok(news.revision > this.#revision, `revision ${news.revision} after ${this.#revision}`);
          this.#revision = news.revision;
          for (const { key } of news.items) this.told.push(key);
        },
        onLost: () => undefined,
      },
    );
    this.#subscriptions = new Subscriptions((message) => this.#connection.send(message));
    this.#subscriptions.want({ kind: 'collection', of: 'bridge' }, 0);
    this.#connection.start();
  }

  get controller(): string {
    return this.#connection.status.url;
  }

  get isConnected(): boolean {
    return this.#connection.status.connected;
  }

  close(): void {
    this.#connection.close('silent');
  }
}
