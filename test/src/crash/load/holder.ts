import { ControllerConnection, systemClock, webSocketDial } from '@midonet/agent';
import type { ClientMessage, NatBlockRef, ServerMessage } from '@midonet/contract';
import { encodeRow, type HostId, type LoadBalancerId } from '@midonet/topology';
import { pick, shuffled, type Random } from '../../lab/seeded.ts';
import type { World } from './world.ts';

type Modules = {
  readonly world: World;
  readonly random: Random;
  readonly token: string;
  readonly controllers: readonly string[];
  readonly deviceId: string;
  /** What hosts claim for themselves alone. */
  readonly balancerIds: readonly string[];
};

/** Fewer than the hosts ask for. */
const PORTS = { address: '203.0.113.1', from: 0, to: 64 * 12 - 1 };
const STEP_MS = 60;
/** About so many steps are taken until the agent dies without a word and another one is started. */
const LIVES = 60;

/** An agent's half that leases blocks of ports and claims duties; others want the same ones. */
export class Holder {
  readonly #hostId: string;
  readonly #modules: Modules;
  readonly #held = new Map<string, { readonly ref: NatBlockRef; readonly start: number }>();
  #connection: ControllerConnection | undefined;
  #messages = 0;
  /** What a message that is not answered yet was for. */
  #asked: { readonly id: number; readonly what: 'all' | 'more' | 'other' } | undefined;
  #left = LIVES;
  readonly #timer: NodeJS.Timeout;

  constructor(hostId: string, modules: Modules) {
    this.#hostId = hostId;
    this.#modules = modules;
    this.#start();
    this.#timer = setInterval(() => this.#step(), STEP_MS);
  }

  /** Dies; what it held is let go of now. */
  close(): void {
    clearInterval(this.#timer);
    this.#die();
  }

  #start(): void {
    const { random, token, controllers } = this.#modules;
    const urls = shuffled(random, controllers);
    const connection: ControllerConnection = new ControllerConnection(
      { urls, host: { id: this.#hostId, name: `host-${this.#hostId.slice(-4)}` } },
      { dial: webSocketDial(token), clock: systemClock, random },
      {
        onWelcome: () => connection === this.#connection && this.#welcome(),
        onMessage: (message) => connection === this.#connection && this.#hear(message),
        onLost: () => undefined,
      },
    );
    this.#connection = connection;
    connection.start();
  }

  #die(): void {
    this.#connection?.close('silent');
    this.#connection = undefined;
    this.#asked = undefined;
    for (const key of [...this.#held.keys()]) this.#letGo(key);
  }

  #welcome(): void {
    const alive = encodeRow({ kind: 'hostAlive', hostId: this.#hostId as HostId, interfaces: [] });
    this.#send({ op: 'rows', id: this.#messages++, puts: [alive], deletes: [] });
    const blocks = [...this.#held.values()].map(({ ref }) => ref);
    this.#ask('all', (id) => ({ op: 'natRenew', id, blocks, mine: true }));
  }

  #step(): void {
    if (--this.#left < 0) {
      this.#left = LIVES * (0.5 + this.#modules.random());
      this.#die();
      this.#start();
      return;
    }
    if (this.#asked !== undefined) return;
    const { random, deviceId, balancerIds } = this.#modules;
    const what = random();
    const held = [...this.#held.values()];
    if (what < 0.4 && held.length < 4) {
      this.#ask('more', (id) => ({ op: 'natLease', id, deviceId, count: 1 + Math.floor(random() * 2), ...PORTS }));
    } else if (what < 0.8 && held.length > 0) {
      const { ref } = pick(random, held);
      this.#letGo(keyOf(ref));
      this.#ask('other', (id) => ({ op: 'natRelease', id, blocks: [ref] }));
    } else {
      const balancerId = pick(random, balancerIds) as LoadBalancerId;
      const hostId = this.#hostId as HostId;
      const claim = encodeRow({ kind: 'healthChecker', balancerId, hostId, tunnelKey: 1 });
      const [puts, deletes] = random() < 0.6 ? [[claim], []] : [[], [`healthChecker/${balancerId}`]];
      this.#ask('other', (id) => ({ op: 'rows', id, puts, deletes }));
    }
  }

  #hear(message: ServerMessage): void {
    const asked = this.#asked;
    if (!('id' in message) || message.id === undefined || message.id !== asked?.id) return;
    this.#asked = undefined;
    if (message.op !== 'natBlocks') return;
    if (asked.what === 'all') {
      const kept = new Set(message.blocks.map(keyOf));
      for (const key of [...this.#held.keys()]) if (!kept.has(key)) this.#letGo(key);
    }
    for (const ref of message.blocks) {
      if (!this.#held.has(keyOf(ref))) this.#held.set(keyOf(ref), { ref, start: performance.now() });
    }
  }

  #letGo(key: string): void {
    const held = this.#held.get(key);
    this.#held.delete(key);
    if (held === undefined) return;
    const { ref, start } = held;
    const { block, generation } = ref;
    const end = performance.now();
    this.#modules.world.record({
      kind: 'held',
      host: this.#hostId,
      block: `${ref.address}/${block}`,
      generation,
      start,
      end,
    });
  }

  #ask(what: 'all' | 'more' | 'other', message: (id: number) => ClientMessage): void {
    const id = this.#messages++;
    this.#asked = this.#send(message(id)) ? { id, what } : undefined;
  }

  #send(message: ClientMessage): boolean {
    return this.#connection?.send(message) ?? false;
  }
}

function keyOf({ address, block, generation }: NatBlockRef): string {
  return `${address}/${block}/${generation}`;
}
