import {
  highestCommon,
  LEAVING_SINCE,
  noCommonVersion,
  offered,
  WATCH_VERSIONS,
  type ClientMessage,
  type ExchangeKeys,
  type ServerMessage,
  type VersionRange,
} from '@midonet/contract';
import { StoreError, type LeaseId, type Store } from '@midonet/store';
import { parseId, type HostId } from '@midonet/topology';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { tenantOfIdentity, type Identity } from '../access/identity.ts';
import { concerns } from '../access/move.ts';
import type { TenantIndex } from '../access/tenant-index.ts';
import { watchRights, type WatchRights } from '../access/watch-rights.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import type { Clock } from '../clock.ts';
import { connectorOf, type CallerCounts } from '../limits/caller-counts.ts';
import type { Connections } from '../limits/connections.ts';
import type { Limits } from '../limits/limits.ts';
import type { Metrics } from '../metrics.ts';
import type { NatLeases } from '../nat/nat-leases.ts';
import { answerNat, type NatMessage } from '../nat/nat-messages.ts';
import { BUSY_WHEN_FULL, unlessFull } from './busy-when-full.ts';
import type { HostReports } from '../drops/host-reports.ts';
import type { HostRegistry } from './host-registry.ts';
import type { WatchHub } from './hub.ts';
import { readMessage, writeItems, writeMessage } from './messages.ts';
import { Outbox, type SendBudget } from './outbox.ts';
import { writeRows, type RowOwner } from './rows.ts';
import { SubscriptionTable } from './subscription-table.ts';

export type WatchOptions = {
  /** How long an agent that went away keeps its rows. */
  readonly leaseMs: number;
  /** Text waiting for a slow reader before its subscriptions are dropped and resynced, in bytes. */
  readonly bufferLimit: number;
  /** How long a block of NAT ports is leased to a host. */
  readonly natLeaseMs: number;
  /** Versions of the protocol that are spoken. */
  readonly versions: VersionRange;
};

export const WATCH_DEFAULTS: WatchOptions = {
  leaseMs: 10_000,
  bufferLimit: 8 << 20,
  natLeaseMs: 86_400_000,
  versions: WATCH_VERSIONS,
};

export type WatchModules = {
  readonly store: Store;
  readonly hub: WatchHub;
  readonly registry: HostRegistry;
  readonly tenants: TenantIndex;
  readonly natLeases: NatLeases;
  readonly reports: HostReports;
  readonly exchangeKeys: ExchangeKeys;
  readonly authenticator: Authenticator;
  readonly limits: Limits;
  readonly connections: Connections;
  /** Subscriptions of each caller, over all its connections. */
  readonly subscriptions: CallerCounts;
  readonly budget: SendBudget;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export type Peer = {
  readonly identity: Identity | undefined;
  /** What it showed, to look again when one of the things it rests on changes. */
  readonly presented: string;
  readonly address: string;
  /** What the WebSocket runs over. */
  readonly socket: Socket;
};

const HELLO_WITHIN = 5_000;
const CLOSE_WITHIN = 1_000;
/** Whoever takes nothing of what waits for it for so long is cut off. */
const STALLED_MS = 120_000;
/** The longest that a timer can be. */
const LONGEST_TIMER = 2 ** 31 - 1;
const ROWS_WAITING = 64;
/** Per lease. */
const PINGS = 3;

type HostHello = NonNullable<Extract<ClientMessage, { op: 'hello' }>['host']>;
type Speaker = { readonly id: HostId; readonly name: string; readonly lease: string | undefined };

/** One watch connection: greeting, subscriptions, rows, lease. */
export class WatchConnection {
  readonly #socket: WebSocket;
  readonly #options: WatchOptions;
  readonly #modules: WatchModules;
  readonly #peer: Peer;
  readonly #table: SubscriptionTable;
  readonly #outbox: Outbox;
  #identity: Identity | undefined;
  #presented: string;
  #rights: WatchRights | undefined;
  #revoked = false;
  #cancelExpiry: () => void = () => undefined;
  #forgetMoves: () => void = () => undefined;
  #greeted = false;
  #saidHello = false;
  /** Of the protocol, as agreed on. */
  #version = 0;
  #owner: RowOwner | undefined;
  /** An agent that was given no lease, as there was no room: it reads all the same. */
  #leaseless = false;
  #renewed = 0;
  /** Pings since the last sign of life. Not time: this process may have stood still, and heard nobody. */
  #unanswered = 0;
  #rowsWaiting = 0;
  /** Operations that write run one after the other. */
  #work: Promise<void> = Promise.resolve();
  #cancelTimer: () => void;

  constructor(socket: WebSocket, peer: Peer, options: WatchOptions, modules: WatchModules) {
    this.#socket = socket;
    this.#peer = peer;
    this.#identity = peer.identity;
    this.#presented = peer.presented;
    this.#options = options;
    this.#modules = modules;
    const { budget, clock } = modules;
    const onTaken = () => this.#table.drained();
    this.#outbox = new Outbox(socket, { limit: options.bufferLimit, budget, clock, onTaken });
    this.#table = new SubscriptionTable(modules, {
      overLimit: () => this.#outbox.overLimit,
      items: (op, sub, revision, items) => {
        this.#outbox.items(writeItems(op, sub, revision, items));
      },
      resync: (sub, reason) => {
        this.#send({ op: 'resync', sub, reason });
      },
    });
    this.#cancelTimer = modules.clock.schedule(HELLO_WITHIN, () => {
      socket.close(4401, 'no hello in time');
    });
    socket.on('message', (data, isBinary) => {
      this.#onFrame(isBinary ? '' : rawText(data));
    });
    socket.on('pong', () => {
      this.#onSign();
    });
    socket.on('error', (error) => {
      modules.logger.debug({ err: error }, 'watch connection failed');
    });
    socket.on('close', () => {
      this.#cancelTimer();
      this.#cancelExpiry();
      this.#forgetMoves();
      this.#table.close();
      if (this.#owner !== undefined) modules.reports.disconnected(this.#owner.lease);
      modules.metrics.watchConnections.dec();
    });
    modules.metrics.watchConnections.inc();
  }

  /** Looks again at who this is when something that rests on these keys has changed. */
  recheck(keys: ReadonlySet<string>): void {
    const identity = this.#identity;
    if (identity === undefined || !identity.credential.keys.some((key) => keys.has(key))) return;
    this.#enqueue(async () => {
      const now = await this.#modules.authenticator.accept(this.#presented);
      const same = now?.role === identity.role && tenantOfIdentity(now) === tenantOfIdentity(identity);
      if (!same) await this.#revoke('the credential was revoked or changed');
    });
  }

  /** Nothing more goes in or out; a host's rows go at once. */
  async #revoke(why: string): Promise<void> {
    if (this.#revoked) return;
    this.#revoked = true;
    this.#table.close();
    this.#refuse('unauthenticated', why);
    this.#socket.close(4401, why);
    this.#cancelTimer();
    this.#cancelTimer = this.#modules.clock.schedule(CLOSE_WITHIN, () => this.#socket.terminate());
    await this.#endLease();
  }

  /** This controller stops: the peer is to go on elsewhere, and when many are, not all at once. */
  leave(withinMs: number): void {
    if (this.#version >= LEAVING_SINCE) this.#send({ op: 'leaving', withinMs });
    this.#socket.close(1001, 'the controller stops');
  }

  #onFrame(text: string): void {
    if (this.#revoked) return;
    this.#onSign();
    const message = readMessage(text);
    if (typeof message === 'string') {
      this.#refuse('invalid', message);
      return;
    }
    if (message.op === 'hello') {
      if (this.#saidHello) this.#refuse('invalid', 'hello was said already');
      else this.#enqueue(() => this.#hello(message));
      this.#saidHello = true;
      return;
    }
    const identity = this.#identity;
    if (identity === undefined) {
      this.#socket.close(4401, 'hello first');
      return;
    }
    // Agents ask for as much as their packets need.
    if (this.#owner === undefined && !this.#leaseless && !this.#modules.limits.frame(identity)) {
      this.#refuse('limited', 'too many messages; send fewer', 'id' in message ? message.id : undefined);
      return;
    }
    switch (message.op) {
      case 'subscribe': {
        const denied = this.#rights?.topic(message.topic);
        if (denied !== undefined) {
          this.#refuse('forbidden', `subscription ${message.sub}: ${denied}`);
          return;
        }
        const problem = this.#greeted ? this.#table.subscribe(message) : 'hello first';
        if (problem !== undefined) this.#refuse('invalid', `subscription ${message.sub}: ${problem}`);
        return;
      }
      case 'unsubscribe':
        this.#table.unsubscribe(message.sub);
        return;
      case 'rows':
        if (++this.#rowsWaiting > ROWS_WAITING) {
          this.#rowsWaiting--;
          this.#refuse('busy', 'too many batches of rows are waiting; send fewer and larger ones', message.id);
          return;
        }
        this.#enqueue(() => this.#rows(message).finally(() => this.#rowsWaiting--));
        return;
      case 'natLease':
      case 'natRenew':
      case 'natRelease':
        if (++this.#rowsWaiting > ROWS_WAITING) {
          this.#rowsWaiting--;
          this.#refuse('busy', 'too many requests are waiting; send fewer and larger ones', message.id);
          return;
        }
        this.#enqueue(() => this.#nat(message).finally(() => this.#rowsWaiting--));
        return;
      case 'ping':
        this.#send({ op: 'pong', revision: this.#modules.hub.revision, settled: this.#table.settled });
        return;
      case 'bye':
        this.#enqueue(() => this.#bye());
        return;
    }
  }

  async #hello(message: Extract<ClientMessage, { op: 'hello' }>): Promise<void> {
    const { authenticator, hub } = this.#modules;
    if (this.#identity === undefined) {
      this.#presented = message.token ?? '';
      this.#identity = await authenticator.accept(this.#presented);
    }
    const identity = this.#identity;
    if (identity === undefined) {
      this.#refuse('unauthenticated', 'the token is missing or wrong');
      this.#socket.close(4401, 'unauthenticated');
      return;
    }
    const { versions } = this.#options;
    const version = highestCommon(versions, offered(message));
    if (version === undefined) {
      this.#refuse('protocol', noCommonVersion(versions, offered(message)));
      this.#socket.close(4400, 'protocol');
      return;
    }
    if (!this.#modules.connections.admit(this.#peer.socket, identity)) {
      this.#refuse('limited', 'too many connections of this caller; close some');
      this.#socket.close(4429, 'too many connections');
      return;
    }
    this.#table.belongTo(connectorOf(identity));
    const rights = watchRights(identity);
    const host = message.host === undefined ? undefined : this.#hostFor(message.host, rights);
    if (host === 'denied') {
      this.#refuse('forbidden', 'this credential is not for the agent of that host');
      this.#socket.close(4403, 'forbidden');
      return;
    }
    await this.#limitTo(rights);
    const lease = host === undefined ? undefined : await this.#own(host, identity);
    await hub.caughtUp();
    this.#rights = rights;
    this.#greeted = true;
    this.#version = version;
    this.#cancelTimer();
    this.#heartbeat();
    this.#expireWith(identity);
    const exchangeKeys = host === undefined ? undefined : this.#modules.exchangeKeys;
    const leaseMs = lease === undefined ? undefined : this.#options.leaseMs;
    this.#send({ op: 'welcome', protocol: version, revision: hub.revision, lease, leaseMs, exchangeKeys });
  }

  /** A host's own credential decides what the host is called; others may speak for any, or none. */
  #hostFor(said: HostHello, { host }: WatchRights): Speaker | 'denied' | undefined {
    const id = parseId<HostId>(said.id);
    if (id === undefined) return undefined;
    if (host === 'none') return 'denied';
    if (host === 'any') return { id, name: said.name, lease: said.lease };
    return host.id === id ? { id, name: host.name, lease: said.lease } : 'denied';
  }

  async #own({ id, name, lease: presented }: Speaker, { role, credential }: Identity): Promise<LeaseId | undefined> {
    const { registry, logger, clock } = this.#modules;
    if (role !== 'host' && credential.kind !== 'none') {
      logger.warn({ host: name }, "an agent uses an administrator's token; give it its own: midonet host enrol");
    }
    const author = { user: `host ${name}`, from: this.#peer.address };
    await registry.register({ id, name, author });
    const lease = await unlessFull(registry.lease(id, presented, this.#options.leaseMs));
    if (lease === 'full') {
      this.#leaseless = true;
      return undefined;
    }
    this.#owner = { hostId: id, lease, author };
    this.#renewed = clock.monotonic();
    return lease;
  }

  /** A tenant's subscriptions go through a filter, and look again when something else shows by another thing. */
  async #limitTo({ tenantId }: WatchRights): Promise<void> {
    if (tenantId === undefined) return;
    const { tenants, hub } = this.#modules;
    await tenants.ready();
    this.#table.showOnly({ tenants, tenantId });
    this.#forgetMoves = tenants.onMove((move) => {
      if (move.kind === 'lost') {
        this.#table.startOver();
        return;
      }
      if (!concerns(move, tenantId)) return;
      this.#table.review(move);
      // Together with the event itself, if they get that.
      hub.afterEvent(() => this.#table.proceed());
    });
  }

  #expireWith({ credential }: Identity): void {
    const { clock } = this.#modules;
    if (credential.expires === undefined) return;
    const left = Math.min(LONGEST_TIMER, Math.max(0, credential.expires - clock.now()));
    this.#cancelExpiry = clock.schedule(left, () => this.#enqueue(() => this.#revoke('the credential has expired')));
  }

  async #rows(message: Extract<ClientMessage, { op: 'rows' }>): Promise<void> {
    const owner = this.#owner;
    if (this.#leaseless) {
      await this.#askForRoom(message.id);
      return;
    }
    if (owner === undefined) {
      this.#refuse('forbidden', 'only an agent that said which host it is may write rows', message.id);
      return;
    }
    const result = await writeRows(this.#modules.store, owner, message.puts, message.deletes, this.#modules.reports);
    if (result.kind === 'refused') {
      this.#refuse(result.code, result.message, message.id);
      return;
    }
    this.#modules.metrics.rowsWritten.inc(message.puts.length);
    this.#send({ op: 'ack', id: message.id });
  }

  async #nat(message: NatMessage): Promise<void> {
    const { natLeases, metrics } = this.#modules;
    const owner = this.#owner;
    if (this.#leaseless) {
      await this.#askForRoom(message.id);
      return;
    }
    if (owner === undefined) {
      this.#refuse('forbidden', 'only an agent that said which host it is may lease ports', message.id);
      return;
    }
    try {
      const answer = await answerNat(natLeases, owner, message);
      metrics.observeNat(message, answer);
      if (answer.op === 'refused') this.#refuse(answer.code, answer.message, message.id);
      else this.#send(answer);
    } catch (error) {
      // The agent waits for an answer to this very request.
      this.#refuse('internal', 'an unexpected error; it is in the log of the controller', message.id);
      throw error;
    }
  }

  /** Who came while the store was full and wants to write: with room again it says hello once more, and gets a lease. */
  async #askForRoom(id: number): Promise<void> {
    const { store } = this.#modules;
    if ((await unlessFull(store.grantLease(this.#options.leaseMs))) !== 'full') {
      throw new StoreError('leaseGone', 'the store has room again'); // the one just granted ends by itself
    }
    this.#refuse(BUSY_WHEN_FULL.code, BUSY_WHEN_FULL.message, id);
  }

  async #bye(): Promise<void> {
    await this.#endLease();
    this.#socket.close(1000, 'bye');
  }

  async #endLease(): Promise<void> {
    const owner = this.#owner;
    this.#owner = undefined;
    if (owner === undefined) return;
    this.#modules.reports.forget(owner.lease);
    await this.#modules.store.revokeLease(owner.lease);
  }

  /** Any sign of life renews the lease, though not more often than it matters. */
  #onSign(): void {
    const now = this.#modules.clock.monotonic();
    this.#unanswered = 0;
    if (this.#owner === undefined || now - this.#renewed < this.#options.leaseMs / 5) return;
    this.#renewed = now;
    // Beside what is being written, which may wait for the store longer than a lease lasts.
    // In a full store a lease does not end either.
    void this.#run(unlessFull(this.#modules.store.renewLease(this.#owner.lease)).then(() => undefined));
  }

  /** Who stays silent for two leases is gone. */
  #heartbeat(): void {
    const { clock } = this.#modules;
    if (this.#unanswered > 2 * PINGS || this.#outbox.stalledMs > STALLED_MS) {
      this.#socket.terminate();
      return;
    }
    this.#unanswered++;
    this.#socket.ping();
    this.#cancelTimer = clock.schedule(this.#options.leaseMs / PINGS, () => {
      this.#heartbeat();
    });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#run(this.#work.then(work));
  }

  #run(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => {
      if (error instanceof StoreError && error.code === 'leaseGone') {
        // The rows are gone already: the agent must say hello again and write them anew.
        this.#refuse('leaseGone', 'the lease has expired');
        this.#socket.close(4410, 'lease gone');
        return;
      }
      if (error instanceof StoreError && error.code === 'closed') return;
      if (error instanceof StoreError && error.code === 'unavailable') {
        // This controller is of no use to a writer now; another one may be.
        this.#modules.logger.warn({ err: error }, 'the store does not answer; the agent is sent on');
        this.#refuse('unavailable', 'the store does not answer; try another controller, or again');
        this.#socket.close(4503, 'store unavailable');
        return;
      }
      this.#modules.logger.error({ err: error }, 'watch operation failed');
      this.#refuse('internal', 'an unexpected error; it is in the log of the controller');
    });
  }

  #refuse(code: string, message: string, id?: number): void {
    this.#modules.metrics.watchRefused.inc({ code });
    this.#send({ op: 'refused', id, code, message });
  }

  #send(message: ServerMessage): void {
    if (this.#outbox.reply(writeMessage(message))) return;
    this.#modules.logger.warn({ from: this.#peer.address }, 'cut off: it asks on and reads nothing');
    this.#socket.terminate();
  }
}

function rawText(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Buffer.isBuffer(data)) return data.toString('utf8');
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data)).toString('utf8');
}
