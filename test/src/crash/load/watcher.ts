import { randomUUID } from 'node:crypto';
import { ControllerConnection, Subscriptions, systemClock, webSocketDial, type Dial } from '@midonet/agent';
import type { ClientMessage, ServerMessage } from '@midonet/contract';
import { shuffled, type Random } from '../../lab/seeded.ts';
import type { Item } from '../history.ts';
import type { World } from './world.ts';

type Modules = {
  readonly world: World;
  readonly random: Random;
  readonly token: string;
  readonly controllers: readonly string[];
};

/** About so many messages are heard over one connection before another is made. */
const STAYS = 150;

/**
 * Follows all bridges the way agents do, over connections that are lost or left for another
 * controller, and records what it is told.
 */
export class Watcher {
  readonly #index: number;
  readonly #modules: Modules;
  readonly #hostId = randomUUID();
  readonly #subscriptions: Subscriptions;
  #connection: ControllerConnection | undefined;
  #left = STAYS;
  /** Names of bridges that some message told. */
  readonly #heard = new Set<string>();

  constructor(index: number, modules: Modules) {
    this.#index = index;
    this.#modules = modules;
    this.#subscriptions = new Subscriptions((message) => this.#connection?.send(message) ?? false);
    this.#subscriptions.want({ kind: 'collection', of: 'bridge' }, 0);
    this.#connect();
  }

  hasHeard(id: string): boolean {
    return this.#heard.has(`bridge/${id}`);
  }

  close(): void {
    this.#connection?.close('silent');
  }

  #connect(): void {
    const { random, token, controllers } = this.#modules;
    const dial = webSocketDial(token);
    const connection: ControllerConnection = new ControllerConnection(
      { urls: shuffled(random, controllers), host: { id: this.#hostId, name: `watcher${this.#index}` } },
      { dial: this.#index % 2 === 0 ? dial : asNobody(dial), clock: systemClock, random },
      {
        onWelcome: (revision) => this.#subscriptions.resume(revision),
        // What a connection that was left still says is for nobody.
        onMessage: (message) => connection === this.#connection && this.#hear(message),
        onLost: () => undefined,
      },
    );
    this.#connection = connection;
    connection.start();
  }

  #hear(message: ServerMessage): void {
    const news = this.#subscriptions.receive(message);
    if (news === undefined) return;
    const { world, random } = this.#modules;
    const { kind, revision } = news;
    const items = news.items.map(({ key, value }): Item => [key, value === null ? null : JSON.stringify(value)]);
    for (const [key] of items) this.#heard.add(key);
    world.record({ kind: 'news', watcher: this.#index, of: kind, revision, items });
    world.heardOf = Math.max(world.heardOf, revision);
    if (--this.#left > 0) return;
    this.#left = STAYS * (0.5 + random());
    // Not from within its own message.
    queueMicrotask(() => {
      this.#connection?.close('silent');
      this.#connect();
    });
  }
}

/** As the command line and browsers do, which are no host. */
function asNobody(dial: Dial): Dial {
  return (url, events) => {
    const socket = dial(url, events);
    const send = (text: string): void => {
      const message = JSON.parse(text) as ClientMessage;
      socket.send(message.op === 'hello' ? JSON.stringify({ ...message, host: undefined }) : text);
    };
    return { send, close: () => socket.close() };
  };
}
