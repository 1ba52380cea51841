import { LeaseClient, ManualClock, PortAllocator, type NatBlock } from '@midonet/agent';
import type { ClientMessage } from '@midonet/contract';
import { printTuple, reversed, type Connection, type NatRange, type Tuple } from '@midonet/flow';
import { formatIp, type IpAddress } from '@midonet/packet';
import type { NatMessage, NatReply } from '@midonet/server';

/** Asks a controller; it may answer late, to nobody, or never. */
export type Post = (message: NatMessage, answer: (reply: NatReply) => void) => void;

/** All open connections of the cloud: the property is that no two have the same key. */
export type OpenConnections = Map<string, string>;

/** The lease client and the port allocator of one host, with clocks and a state folder of their own. */
export class SimulatedAgent {
  readonly hostId: string;
  readonly #device: string;
  readonly #open: OpenConnections;
  /** Of the machine: goes on while no agent runs. True time × rate. */
  readonly #rate: number;
  wallOffset = 0;
  readonly #files = new Map<string, string>();
  #uptime = 0;
  #running: Running | undefined;

  constructor(hostId: string, device: string, open: OpenConnections, rate: number) {
    this.hostId = hostId;
    this.#device = device;
    this.#open = open;
    this.#rate = rate;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Texts of the blocks this host takes for its own. */
  get believed(): ReadonlySet<string> {
    return this.#running?.believed ?? new Set();
  }

  get isConnected(): boolean {
    return this.#running?.post !== undefined;
  }

  start(trueTime: () => number): void {
    if (this.#running !== undefined) return;
    const clock = new ManualClock();
    const believed = new Set<string>();
    const open = new Map<string, Connection>();
    const allocator: PortAllocator = new PortAllocator(
      {
        isFree: (_, reply) => !open.has(printTuple(reply)),
        now: () => clock.now(),
        onWanted: (deviceId, address, ports) => leases.want(deviceId, address, ports),
      },
      { idleMs: 60_000 },
    );
    const close = (key: string, connection: Connection): void => {
      open.delete(key);
      this.#open.delete(keyOf(connection));
      allocator.freed(connection);
    };
    const leases: LeaseClient = new LeaseClient(
      {
        send: (message) => this.#send(message),
        clock,
        uptime: () => this.#uptime,
        wall: () => trueTime() + this.wallOffset,
        state: { read: (name) => this.#files.get(name), write: (name, text) => void this.#files.set(name, text) },
        allocator: {
          addBlock: (block) => {
            believed.add(textOf(block));
            allocator.addBlock(block);
          },
          loseBlock: (block) => {
            believed.delete(textOf(block));
            allocator.loseBlock(block);
          },
          noneLeft: (...args) => allocator.noneLeft(...args),
          leftInCloud: (...args) => allocator.leftInCloud(...args),
          giveBack: () => {
            const blocks = allocator.giveBack();
            for (const block of blocks) believed.delete(textOf(block));
            return blocks;
          },
        },
        logger: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
      },
      {
        onBlockLost: ({ address, block }) => {
          for (const [key, connection] of [...open]) {
            const { dst, dstPort } = connection.reply;
            if (dst === address && Math.floor(dstPort / 64) === block) close(key, connection);
          }
        },
        onAnswered: () => undefined,
      },
    );
    this.#running = { clock, believed, open, allocator, leases, close, post: undefined };
    leases.start();
  }

  /** Without any goodbye: what was not written to the folder is gone. */
  crash(): void {
    for (const connection of this.#running?.open.values() ?? []) this.#open.delete(keyOf(connection));
    this.#running = undefined;
  }

  leave(): void {
    const running = this.#running;
    if (running === undefined) return;
    running.leases.releaseAll();
    running.leases.close();
    this.crash();
  }

  connect(post: Post): void {
    if (this.#running === undefined) return;
    this.#running.post = post;
    this.#running.leases.welcome();
  }

  disconnect(): void {
    if (this.#running === undefined) return;
    this.#running.post = undefined;
    this.#running.leases.lost();
  }

  pass(ms: number): void {
    this.#uptime += ms * this.#rate;
    this.#running?.clock.advance(ms * this.#rate);
  }

  /** Opens a connection; the text of what is wrong when somebody has the same open already. */
  open(ends: { src: IpAddress; srcPort: number; dst: IpAddress }, ranges: readonly NatRange[]): string | undefined {
    const running = this.#running;
    if (running === undefined) return undefined;
    const original: Tuple = { proto: 17, dstPort: 53, ...ends };
    for (const each of running.open.values()) if (printTuple(each.original) === printTuple(original)) return undefined;
    const choice = running.allocator.choose({ device: this.#device, original, now: original, ranges });
    if (choice.kind === 'unleased') running.allocator.wanted(this.#device, choice.address);
    if (choice.kind !== 'chosen') return undefined;
    const reply = reversed({ ...original, src: choice.address, srcPort: choice.port });
    const connection = { device: this.#device, original, reply, ingressPort: undefined, egressPorts: [] };
    const key = keyOf(connection);
    const other = this.#open.get(key);
    if (other !== undefined) return `${this.hostId} opens ${key}, which ${other} has open`;
    this.#open.set(key, this.hostId);
    running.open.set(printTuple(reply), connection);
    running.allocator.taken(connection);
    return undefined;
  }

  closeOne(pick: number): void {
    const all = [...(this.#running?.open ?? [])];
    const one = all[pick % Math.max(1, all.length)];
    if (one !== undefined) this.#running?.close(...one);
  }

  #send(message: ClientMessage): boolean {
    const running = this.#running;
    const post = running?.post;
    if (post === undefined) return false;
    if (message.op !== 'natLease' && message.op !== 'natRenew' && message.op !== 'natRelease') return false;
    post(message, (reply) => {
      // An answer reaches the run and the connection that asked, or nobody.
      if (this.#running === running && running?.post === post) running.leases.receive(reply);
    });
    return true;
  }
}

type Running = {
  readonly clock: ManualClock;
  readonly believed: Set<string>;
  readonly open: Map<string, Connection>;
  readonly allocator: PortAllocator;
  readonly leases: LeaseClient;
  readonly close: (key: string, connection: Connection) => void;
  post: Post | undefined;
};

function textOf({ deviceId, address, block }: NatBlock): string {
  return `${deviceId} ${formatIp(address)} ${block}`;
}

function keyOf({ device, reply }: Connection): string {
  return `${device} ${printTuple(reply)}`;
}
