import { NAT_BLOCKS_LIMIT, type ClientMessage, type NatBlockRef, type ServerMessage } from '@midonet/contract';
import { formatIp, parseIp, type IpAddress } from '@midonet/packet';
import { every, type Clock, type Timer } from '../clock.ts';
import type { Logger } from '../logger.ts';
import { readBlocks, writeBlocks, type BlockFolder } from './block-file.ts';
import { HeldBlocks, placeKey, type Held } from './held-blocks.ts';
import type { PortAllocator } from './port-allocator.ts';
import { addressKey, type NatBlock, type Ports } from './port-blocks.ts';

export type LeaseClientModules = {
  readonly send: (message: ClientMessage) => boolean;
  readonly clock: Clock;
  /** Milliseconds since the machine started, those it slept included: nobody sets it, nothing stops it. */
  readonly uptime: () => number;
  /** Milliseconds since the epoch: for the file alone, which may be read after the machine started anew. */
  readonly wall: () => number;
  readonly state: BlockFolder;
  readonly allocator: Pick<PortAllocator, 'addBlock' | 'loseBlock' | 'noneLeft' | 'leftInCloud' | 'giveBack'>;
  readonly logger: Logger;
};

export type LeaseClientEvents = {
  /** This host has the block no more: its connections must go at once. */
  onBlockLost(block: NatBlock): void;
  /** A request for blocks of the address was answered, well or badly: packets that wait can go on. */
  onAnswered(deviceId: string, address: IpAddress): void;
};

type Blocks = Extract<ServerMessage, { op: 'natBlocks' }>;
type Flight =
  | { readonly kind: 'lease'; readonly at: number; readonly want: Want }
  | { readonly kind: 'renew'; readonly at: number; readonly asked: readonly Held[] };
type Want = { readonly deviceId: string; readonly address: IpAddress; readonly ports: Ports };

/** Apart from the ids of the row writer, whose answers come by the same connection. */
const FIRST_ID = 2 ** 40;
const TICK_MS = 1_000;
/** A lease ends this much earlier here: it is looked at once a second, and a thread may be late. */
const MARGIN_MS = 10_000;
/** Clocks that tick at different rates: one part in a thousand is twice what NTP corrects. */
const DRIFT = 0.001;
/** For a wall clock set while no agent ran. */
const RESTART_MARGIN_MS = 300_000;
const GIVE_BACK_MS = 60_000;
/** Nothing left of an address: asked again after this. */
const NONE_LEFT_MS = 30_000;
const RETRY_MS = 1_000;
const RENEW_RETRY_MS = 30_000;
/** An answer that did not come by then will not. */
const ANSWER_MS = 15_000;
const MAX_WANTS = 256;
/** Blocks of one request: twice as many as are held, up to this. */
const MAX_COUNT = 16;

/**
 * This host's leases of blocks of NAT ports. A lease counts from the moment the request was sent, so
 * it ends here before the controller gives the block away. Without a controller the ports stay in
 * use until then. What is held is on disk, so a restarted agent goes on with it.
 */
export class LeaseClient {
  readonly #modules: LeaseClientModules;
  readonly #events: LeaseClientEvents;
  readonly #held = new HeldBlocks();
  readonly #flights = new Map<number, Flight>();
  /** By device, address and range: not to be asked for until then. */
  readonly #wants = new Map<string, Want & { readonly until: number }>();
  readonly #timers: Timer[] = [];
  #nextId = FIRST_ID;
  #connected = false;
  /** What this host has on the controller beyond its own memory is asked for until it was told. */
  #mine: 'wanted' | 'asked' | 'told' = 'wanted';
  #saving: Timer | undefined;
  readonly counters = { leased: 0, renewed: 0, lost: 0, givenBack: 0, refused: 0, wantsDropped: 0 };

  constructor(modules: LeaseClientModules, events: LeaseClientEvents) {
    this.#modules = modules;
    this.#events = events;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Takes up the blocks of an earlier run and starts the timers. */
  start(): void {
    const { clock, uptime, wall, state } = this.#modules;
    const [now, today] = [uptime(), wall()];
    for (const { deviceId, address, block, generation, until } of readBlocks(state, today)) {
      const left = until - RESTART_MARGIN_MS - today;
      if (left <= 0) continue;
      const place = { deviceId, address, block };
      this.#held.put({ place, generation, until: now + left, renewAt: now });
      this.#modules.allocator.addBlock(place);
    }
    this.#timers.push(
      every(clock, TICK_MS, () => this.tick()),
      every(clock, GIVE_BACK_MS, () => {
        this.#giveBack();
        // So that a wall clock that is set back is noticed by whoever reads the file.
        if (this.#held.size > 0) this.#saveSoon();
      }),
    );
  }

  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#saving?.cancel();
    this.#saving = undefined;
    this.#save();
  }

  /** The host is taken out of the cloud: nothing is used any more, all leases end. Before 'bye'. */
  releaseAll(): void {
    const all = [...this.#held.all()];
    this.#flights.clear();
    for (const { place } of all) {
      this.#modules.allocator.loseBlock(place);
      this.#events.onBlockLost(place);
    }
    this.#release(all);
    this.#connected = false;
  }

  /** A controller answers: what was asked of another one is asked again. */
  welcome(): void {
    this.#connected = true;
    this.#flights.clear();
    if (this.#mine === 'asked') this.#mine = 'wanted';
    // Of what an earlier run left nobody knows whether it is still so.
    if (this.#mine === 'wanted') for (const held of this.#held.all()) held.renewAt = 0;
    for (const [key, want] of [...this.#wants]) {
      this.#wants.delete(key);
      this.want(want.deviceId, want.address, want.ports);
    }
    this.#renewDue();
  }

  lost(): void {
    this.#connected = false;
    this.#flights.clear();
  }

  /** Asks for blocks with ports in the range, unless that was done already. */
  want(deviceId: string, address: IpAddress, ports: Ports): void {
    const key = wantKey({ deviceId, address, ports });
    const at = this.#modules.uptime();
    const before = this.#wants.get(key);
    if (before !== undefined && before.until > at) return;
    if (this.#wants.size >= MAX_WANTS && before === undefined) {
      this.counters.wantsDropped++;
      return;
    }
    const want = { deviceId, address, ports };
    const count = Math.min(MAX_COUNT, 1 + this.#held.count(deviceId, address));
    const id = this.#nextId++;
    const range = { from: ports.from, to: ports.to };
    const message: ClientMessage = { op: 'natLease', id, deviceId, address: formatIp(address), count, ...range };
    // Without a controller it stays noted for the next one, as long as a packet may wait for it.
    this.#wants.set(key, { ...want, until: at + ANSWER_MS });
    if (this.#connected && this.#modules.send(message)) this.#flights.set(id, { kind: 'lease', at, want });
  }

  /** True when the message was about blocks. */
  receive(message: ServerMessage): boolean {
    if (message.op !== 'natBlocks' && message.op !== 'refused' && message.op !== 'ack') return false;
    if (message.id === undefined || message.id < FIRST_ID) return false;
    const flight = this.#flights.get(message.id);
    this.#flights.delete(message.id);
    if (flight === undefined) return true;
    if (message.op === 'refused') this.#refused(flight, message.code, message.message);
    else if (message.op === 'natBlocks') {
      if (flight.kind === 'lease') this.#leased(flight.want, flight.at, message);
      else this.#renewed(flight.asked, flight.at, message);
    }
    return true;
  }

  /** Lets go of what has ended, and goes on with what has half its time left. */
  tick(): void {
    const now = this.#modules.uptime();
    const ended = this.#held.ended(now);
    for (const { place } of ended) this.#lose(place);
    if (ended.length > 0) {
      this.#saveSoon();
      this.#modules.logger.warn({ blocks: ended.length }, 'leases of NAT ports ended: their connections are dropped');
    }
    for (const [key, { until }] of [...this.#wants]) if (until <= now) this.#wants.delete(key);
    for (const [id, { at }] of [...this.#flights]) if (now - at > 4 * ANSWER_MS) this.#flights.delete(id);
    this.#renewDue();
  }

  #leased({ deviceId, address, ports }: Want, at: number, message: Blocks): void {
    this.#wants.delete(wantKey({ deviceId, address, ports }));
    this.#modules.allocator.leftInCloud(deviceId, address, message.left ?? 0);
    for (const ref of message.blocks) this.#take(ref, at, message.leaseMs);
    this.counters.leased += message.blocks.length;
    this.#saveSoon();
    this.#events.onAnswered(deviceId, address);
  }

  #renewed(asked: readonly Held[], at: number, message: Blocks): void {
    const goesOn = new Map<string, NatBlockRef>();
    for (const ref of message.blocks) {
      const place = placeOf(ref);
      if (place !== undefined) goesOn.set(placeKey(place), ref);
    }
    for (const held of asked) {
      const ref = goesOn.get(placeKey(held.place));
      goesOn.delete(placeKey(held.place));
      // Let go meanwhile, or granted anew: then the answer is not about it.
      if (this.#held.get(held.place) !== held) continue;
      if (ref !== undefined) {
        this.#take(ref, at, message.leaseMs);
        this.counters.renewed++;
      } else {
        this.#lose(held.place);
        this.#modules.logger.warn(
          { device: held.place.deviceId, address: formatIp(held.place.address), block: held.place.block },
          'a block of NAT ports is not leased to this host any more: its connections are dropped',
        );
      }
    }
    // Those that this host had forgotten.
    if (this.#mine === 'asked') this.#mine = 'told';
    for (const ref of goesOn.values()) this.#take(ref, at, message.leaseMs);
    this.#saveSoon();
  }

  #refused(flight: Flight, code: string, message: string): void {
    this.counters.refused++;
    if (flight.kind === 'renew') {
      this.#modules.logger.warn({ code }, `cannot renew leases of NAT ports, trying again: ${message}`);
      return; // renewAt is due again by then
    }
    const { deviceId, address, ports } = flight.want;
    const isPassing = code !== 'exhausted' && code !== 'notFound' && code !== 'forbidden' && code !== 'invalid';
    if (isPassing) {
      this.#wants.set(wantKey(flight.want), { ...flight.want, until: this.#modules.uptime() + RETRY_MS });
      return;
    }
    this.#wants.delete(wantKey(flight.want));
    if (code === 'exhausted') this.#modules.allocator.leftInCloud(deviceId, address, 0);
    this.#modules.allocator.noneLeft(deviceId, address, ports, this.#modules.clock.now() + NONE_LEFT_MS);
    this.#modules.logger.warn({ code, device: deviceId, address: formatIp(address) }, `no NAT ports: ${message}`);
    this.#events.onAnswered(deviceId, address);
  }

  #take(ref: NatBlockRef, at: number, leaseMs: number): void {
    const place = placeOf(ref);
    if (place === undefined) return;
    const term = leaseMs * (1 - DRIFT) - MARGIN_MS;
    const held: Held = {
      place,
      generation: ref.generation,
      until: at + term,
      renewAt: at + leaseMs / 2,
    };
    if (this.#modules.uptime() >= held.until) return;
    const before = this.#held.get(place);
    if (before === undefined) {
      this.#held.put(held);
      this.#modules.allocator.addBlock(place);
    } else Object.assign(before, held);
  }

  #lose(place: NatBlock): void {
    if (!this.#held.remove(place)) return;
    this.counters.lost++;
    this.#modules.allocator.loseBlock(place);
    this.#events.onBlockLost(place);
  }

  #renewDue(): void {
    if (!this.#connected) return;
    const at = this.#modules.uptime();
    const due = [...this.#held.all()].filter(({ renewAt }) => renewAt <= at);
    // All that is held is named then, so that only the others are granted anew. More than fit in one
    // message are no sign of a lost memory.
    const mine = this.#mine === 'wanted' && due.length <= NAT_BLOCKS_LIMIT;
    for (let from = 0; from < due.length || (mine && from === 0); from += NAT_BLOCKS_LIMIT) {
      const asked = due.slice(from, from + NAT_BLOCKS_LIMIT);
      const id = this.#nextId++;
      if (!this.#modules.send({ op: 'natRenew', id, blocks: asked.map(toRef), mine })) return;
      this.#flights.set(id, { kind: 'renew', at, asked });
      for (const held of asked) held.renewAt = at + RENEW_RETRY_MS;
    }
    if (this.#mine === 'wanted') this.#mine = mine ? 'asked' : 'told';
  }

  #giveBack(): void {
    if (!this.#connected) return;
    const idle = this.#modules.allocator.giveBack();
    this.counters.givenBack += idle.length;
    this.#release(idle.flatMap((place) => this.#held.get(place) ?? []));
  }

  /** Forgotten on disk first: a restart must not believe in what the controller gives to others. */
  #release(blocks: readonly Held[]): void {
    if (blocks.length === 0) return;
    for (const { place } of blocks) this.#held.remove(place);
    if (!this.#save()) return;
    for (let from = 0; from < blocks.length; from += NAT_BLOCKS_LIMIT) {
      const some = blocks.slice(from, from + NAT_BLOCKS_LIMIT);
      this.#modules.send({ op: 'natRelease', id: this.#nextId++, blocks: some.map(toRef) });
    }
  }

  #saveSoon(): void {
    this.#saving ??= this.#modules.clock.after(TICK_MS, () => {
      this.#saving = undefined;
      this.#save();
    });
  }

  #save(): boolean {
    const { uptime, wall } = this.#modules;
    const [now, today] = [uptime(), wall()];
    const blocks = [...this.#held.all()].map(({ place, generation, until }) => ({
      ...place,
      generation,
      until: today + (until - now),
    }));
    try {
      writeBlocks(this.#modules.state, today, blocks);
      return true;
    } catch (error) {
      this.#modules.logger.error({ err: error }, 'cannot write down the leases of NAT ports');
      return false;
    }
  }
}

function toRef({ place, generation }: Held): NatBlockRef {
  return { deviceId: place.deviceId, address: formatIp(place.address), block: place.block, generation };
}

function placeOf({ deviceId, address, block }: NatBlockRef): NatBlock | undefined {
  const parsed = parseIp(address);
  return parsed === undefined ? undefined : { deviceId, address: parsed, block };
}

function wantKey({ deviceId, address, ports }: Want): string {
  return `${deviceId} ${addressKey(address)} ${ports.from} ${ports.to}`;
}
