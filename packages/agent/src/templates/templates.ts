import type { Datapath, FlowId, FlowSpec, FlowTemplate, Opened } from '@midonet/datapath';
import {
  emptyMask,
  getField,
  isConnectionTag,
  MaskPool,
  type Connection,
  type Direction,
  type Found,
  type MemberChoice,
  type Outcome,
  type Tag,
} from '@midonet/flow';
import { IP_PROTOCOL, type IpAddress } from '@midonet/packet';
import type { HostId } from '@midonet/topology';
import { every, type Clock, type Timer } from '../clock.ts';
import type { Count } from '../flows/counted-flows.ts';
import type { FlowRequest, FlowWriter } from '../flows/flow-writer.ts';
import type { Packet } from '../upcalls/packet.ts';
import { Choices, type Pool } from './choices.ts';
import { Candidates } from './candidates.ts';
import { classKey, classOf, connectionsOf, isClass, type ConnectionClass } from './connection-class.ts';
import type { PortAllocator } from '../nat/port-allocator.ts';
import type { JournalClass } from '../connections/journal.ts';
import type { Peers } from '../connections/peers.ts';
import type { Knowledge } from '../view/knowledge.ts';
import { HeardClasses, type ClassId } from './heard-classes.ts';
import { Sources, type Client } from './sources.ts';

export type TemplatesModules = {
  readonly clock: Clock;
  readonly datapath: () => Datapath;
  readonly flows: FlowWriter;
  readonly knowledge: Knowledge;
  /** Hosts other than this one that must know a connection. */
  readonly audience: (connection: Connection) => readonly string[];
  readonly allocator: () => PortAllocator;
  readonly peers: () => Pick<Peers, 'hearsOfClasses' | 'shareClass'>;
};

export type TemplatesEvents = {
  /** Connections began here without a packet coming up. */
  onOpened(connections: readonly Connection[], tcpFlags: number): void;
  /** A host tells, by the first packet of theirs, that connections began there. */
  onHeard(connections: readonly Connection[], host: string, tcpFlags: number): void;
  /** From now on connections of the class may begin without this agent. */
  onClass(one: JournalClass): void;
  /** All that was there is taken in. */
  onDrained(): void;
};

/** What the flows that a template makes are, but for the connection of each. */
type Made = {
  readonly kind: FlowTemplate['kind'];
  /** The class; marked ports. */
  readonly members: ConnectionClass;
  readonly number: number;
  readonly tags: readonly Tag[];
  readonly counts: readonly Count[];
  /** The host whose class it is, or that was told of it. */
  readonly host: string;
  /** Its in-port and class: there is one template for both. */
  readonly key: string;
  /** Whose ports are translated. */
  readonly client?: Client | undefined;
  /** Whose members are chosen. */
  readonly pool?: Pool | undefined;
  id: FlowId | undefined;
};

/** Templates at most. */
const MOST = 2048;
const IDLE_MS = 60_000;
/** What a template made just before it went comes to be known so long after it. */
const SWEEP_MS = 5_000;
/** How soon what began is looked at: often while there is something, seldom otherwise. */
const SOONEST_MS = 10;
const LATEST_MS = 160;
const CLASSES = 0x1_0000;

/**
 * Connections that begin in the datapath. A packet that comes up may stand for a class, see
 * `Outcome.template`: from the second of a class on, the datapath opens the others by itself, here and
 * where answers come in, and tells afterwards.
 */
export class Templates {
  readonly heard = new HeardClasses();
  readonly sources: Sources;
  readonly choices: Choices;
  readonly counters = { opened: 0, heard: 0, unknown: 0, templates: 0 };
  readonly #modules: TemplatesModules;
  readonly #events: TemplatesEvents;
  readonly #made = new Map<number, Made>();
  readonly #byKey = new Map<string, Made>();
  readonly #candidates = new Candidates();
  readonly #masks = new MaskPool();
  readonly #$mask = emptyMask();
  readonly #timers: Timer[] = [];
  #earlier: ReadonlyMap<number, ConnectionClass> = new Map();
  #token: number;
  #class = 0;
  #look: Timer | undefined;
  #wait = SOONEST_MS;
  #lastAt = 0;

  /** `firstToken`: beyond those of an earlier run, whose last connections may still be told. */
  constructor(modules: TemplatesModules, events: TemplatesEvents, firstToken: number) {
    this.#modules = modules;
    this.#events = events;
    this.sources = new Sources(modules);
    this.choices = new Choices(modules);
    this.#token = firstToken >>> 0;
    this.#timers.push(every(modules.clock, SWEEP_MS, () => this.#sweep()));
  }

  get size(): number {
    return this.#made.size;
  }

  /**
   * Takes in what began since an earlier run ended, whose templates the datapath has dropped: its
   * classes are as that run wrote them down.
   */
  start(earlier: ReadonlyMap<number, ConnectionClass>): void {
    this.#earlier = earlier;
    this.drain();
    this.#earlier = new Map();
  }

  /** Those that connections may begin of now. */
  *classes(): Generator<JournalClass> {
    for (const { kind, number, members } of this.#made.values()) if (kind === 'opens') yield { number, members };
  }

  stop(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#look?.cancel();
  }

  /** Another host tells of a class. */
  hear(id: ClassId, members: ConnectionClass): void {
    if (!isClass(members)) return;
    this.heard.tell(id, members);
    this.#lookSoon();
  }

  /** A packet and the flow it gets: perhaps those of its class need not come up. */
  consider(packet: Packet, outcome: Outcome, request: FlowRequest): void {
    const { template } = outcome;
    if (template === undefined || !this.#modules.datapath().capabilities.templates) return;
    if (this.#made.size >= MOST) return;
    if (template.varies === 'l4Src') this.#open(packet, outcome, request);
    else this.#answer(packet, outcome, request);
  }

  /** Who must hear of connections has changed. */
  dropOpening(): void {
    this.#drop(({ kind }) => kind === 'opens');
  }

  /** Ports that were given for new connections are another host's. */
  blockLost(device: string, address: IpAddress): void {
    const lost = new Set(this.sources.lost(device, address));
    if (lost.size === 0) return;
    this.#drop(({ client }) => client !== undefined && lost.has(client));
    this.drain();
    this.#sweep();
  }

  /** A host forgets what classes it was told. */
  forgotten(host: string): void {
    this.#drop((made) => made.kind === 'opens' && made.host === host);
  }

  #drop(isIt: (made: Made) => boolean): void {
    const ids = [...this.#made.values()].flatMap((made) => (made.id !== undefined && isIt(made) ? [made.id] : []));
    this.#modules.flows.drop(ids);
  }

  /** Takes in what began since. */
  drain(): void {
    this.#modules.datapath().drainOpened();
    this.sources.refill();
  }

  opened(batch: readonly Opened[]): void {
    this.#wait = SOONEST_MS;
    this.#lastAt = this.#modules.clock.now();
    for (const each of batch) {
      if (each.kind === 'here') this.#openedHere(each);
      else if (each.kind === 'there') this.#openedThere(each);
      else this.#notOpened(each);
    }
    this.#events.onDrained();
  }

  #openedHere({ token, flow, class: number, port, chosen, tcpFlags }: Opened): void {
    const made = this.#made.get(token);
    if (made === undefined) {
      const members = this.#earlier.get(number);
      // Its flow is one of those that are adopted.
      if (members !== undefined && isClass(members)) {
        this.#events.onOpened(connectionsOf(members, port, chosen), tcpFlags);
        return;
      }
      this.counters.unknown++;
      if (flow !== undefined) this.#modules.flows.drop([flow]);
      return;
    }
    this.counters.opened++;
    if (made.client !== undefined) this.sources.chosen(made.client, chosen);
    const connections = connectionsOf(made.members, port, chosen);
    this.#events.onOpened(connections, tcpFlags);
    if (flow !== undefined)
      this.#noteFlow(flow, made, 'original', { members: made.members, port, chosen }, connections);
  }

  #notOpened({ token, port, chosen }: Opened): void {
    const client = this.#made.get(token)?.client;
    if (client !== undefined) this.sources.unused(client, port, chosen);
  }

  #openedThere({ token, flow, class: number, peer, port, chosen, tcpFlags }: Opened): void {
    const { flows, knowledge } = this.#modules;
    const { hostId } = knowledge;
    const host = peer === undefined ? hostId : knowledge.underlay.hostAt(peer);
    const members = host === undefined ? undefined : this.heard.get({ host, number });
    if (host === undefined || members === undefined) {
      this.counters.unknown++;
      if (flow !== undefined) flows.drop([flow]);
      return;
    }
    const connections = connectionsOf(members, port, chosen);
    if (host !== hostId) {
      this.counters.heard++;
      this.#events.onHeard(connections, host, tcpFlags);
    }
    if (flow === undefined) return;
    const made = this.#made.get(token);
    if (made === undefined) flows.drop([flow]);
    else this.#noteFlow(flow, made, 'reply', { members, port, chosen }, connections);
  }

  /** The template may have gone since: then its flow is out of date too. */
  #noteFlow(
    flow: FlowId,
    made: Made,
    direction: Direction,
    { members, port, chosen }: { readonly members: ConnectionClass; readonly port: number; readonly chosen: number },
    connections: readonly Connection[],
  ): void {
    const { flows } = this.#modules;
    if (made.id === undefined || !flows.table.has(made.id)) {
      flows.drop([flow]);
      return;
    }
    const { tags: shared, counts } = made;
    // Made anew when somebody asks: few do, and there are many.
    const carried = (): Found[] =>
      connectionsOf(members, port, chosen).map((connection) => ({ connection, direction }));
    flows.made({ id: flow, shared, own: connections, connections: carried }, counts);
  }

  #open(packet: Packet, outcome: Outcome, request: FlowRequest): void {
    const { opened } = outcome;
    const choice = outcome.template?.choice;
    const key = `${packet.inPort} ${classKey(opened)}`;
    // Packets that were on their way up when it was made.
    const isMade = this.#isMade(key) && (choice === undefined || this.#isMade(chooserKey(packet, choice)));
    if (isMade || !this.#candidates.again(key)) return;
    const { knowledge, peers, audience } = this.#modules;
    const { hostId } = knowledge;
    const port = getField(packet.key, 'l4Src');
    const chosen = opened.at(-1)!.reply.dstPort;
    const members = classOf(opened, port, chosen);
    const source = outcome.template?.source;
    // One that keeps its port must not meet another's: that only the agent can tell.
    if (source !== undefined && (chosen === port || source.original.proto !== IP_PROTOCOL.tcp)) return;
    const output = request.spec.actions.at(-1);
    if (members === undefined || !isOneOutput(request.spec) || output === undefined) return;
    const hosts = new Set(opened.flatMap((connection) => audience(connection)));
    if (hosts.size > 1) return;
    const [host = hostId] = hosts;
    // In-band it is told to the host of the tunnel alone.
    if ((host === hostId) !== (output.kind === 'output')) return;
    if (host !== hostId && !peers().hearsOfClasses(host)) return;
    const client = source === undefined ? undefined : this.sources.hold(source, opened.at(-1)!.reply.dst);
    if (source !== undefined && client === undefined) return;
    const held = choice === undefined ? undefined : this.#choose(packet, outcome, request, choice);
    if (choice !== undefined && held === undefined) {
      if (client !== undefined) this.sources.letGo(client);
      return;
    }
    this.#class = (this.#class + 1) % CLASSES;
    const number = this.#class;
    if (host === hostId) this.heard.tell({ host, number }, members);
    else peers().shareClass(number, members, host);
    const template = { token: this.#nextToken(), class: number, idleMs: request.spec.idleMs } as const;
    const choices = { source: client?.table, member: held?.member } as const;
    const tell = host === hostId ? 'here' : 'peer';
    const opens = { kind: 'opens', tell, ...template, ...choices } as const;
    this.#events.onClass({ number, members });
    this.#put(packet, outcome, request, opens, { members, host, key, client, pool: held?.pool });
  }

  /** The flow that says which member's is next; there is one for all of them. */
  #choose(
    packet: Packet,
    outcome: Outcome,
    request: FlowRequest,
    choice: MemberChoice,
  ): { readonly pool: Pool; readonly member: number } | undefined {
    const { hostId } = this.#modules.knowledge;
    const { hash, dstPort } = choice;
    const key = chooserKey(packet, choice);
    if (!this.#isMade(key)) {
      const held = this.choices.hold(choice);
      if (held === undefined) return undefined;
      const template = { kind: 'chooses', token: this.#nextToken(), choices: held.pool.table, hash, dstPort } as const;
      this.#put(packet, outcome, request, template, { members: [], host: hostId, key, pool: held.pool });
    }
    return this.choices.hold(choice);
  }

  #answer(packet: Packet, outcome: Outcome, request: FlowRequest): void {
    const id = this.heard.of(outcome.connections.map(({ connection }) => connection));
    const members = id === undefined ? undefined : this.heard.get(id);
    if (id === undefined || members === undefined || !isOneOutput(request.spec)) return;
    const key = `${packet.inPort} ${id.host} ${id.number}`;
    if (this.#isMade(key)) return;
    const { hostId, underlay } = this.#modules.knowledge;
    const isHere = id.host === hostId;
    const peer = isHere ? undefined : underlay.peer(id.host as HostId); // hosts are named by plain text there
    if (peer === undefined && !isHere) return;
    const token = this.#nextToken();
    const template = { kind: 'answers', token, class: id.number, peer, idleMs: request.spec.idleMs } as const;
    this.#put(packet, outcome, request, template, { members, host: id.host, key });
  }

  #put(
    packet: Packet,
    outcome: Outcome,
    request: FlowRequest,
    template: FlowTemplate,
    { members, host, key, client, pool }: Pick<Made, 'members' | 'host' | 'key' | 'client' | 'pool'>,
  ): void {
    const mask = outcome.template?.mask;
    if (mask === undefined) return;
    this.#$mask.set(mask);
    this.#$mask[0] = 0xffffffff;
    const tags = request.tags.filter((tag) => !isConnectionTag(tag));
    const ownTags = outcome.template?.tags ?? [];
    const made: Made = {
      ...{
        kind: template.kind,
        members,
        number: 'class' in template ? template.class : 0,
        host,
        key,
        client,
        pool,
        tags,
        counts: request.counts ?? [],
      },
      id: undefined,
    };
    this.#made.set(template.token, made);
    this.#byKey.set(key, made);
    this.counters.templates++;
    this.#modules.flows.add({
      spec: {
        ...request.spec,
        key: packet.key.slice() as FlowSpec['key'],
        mask: this.#masks.intern(this.#$mask),
        template,
        idleMs: IDLE_MS,
      },
      tags: ownTags.length === 0 ? tags : [...tags, ...ownTags],
      packet: undefined,
      onStored: (id) => (made.id = id),
    });
    this.#lookSoon();
  }

  /** True while it is there, or on its way. */
  #isMade(key: string): boolean {
    const made = this.#byKey.get(key);
    return made !== undefined && (made.id === undefined || this.#modules.flows.table.has(made.id));
  }

  #nextToken(): number {
    this.#token = (this.#token + 1) >>> 0 || 1;
    return this.#token;
  }

  #lookSoon(): void {
    this.#look ??= this.#modules.clock.after(this.#wait, () => {
      this.#look = undefined;
      this.#wait = Math.min(this.#wait * 2, LATEST_MS);
      this.drain();
      if (this.#made.size > 0 || this.#modules.clock.now() - this.#lastAt < IDLE_MS) this.#lookSoon();
    });
  }

  #sweep(): void {
    const { flows } = this.#modules;
    for (const [token, made] of this.#made) {
      if (made.id !== undefined && flows.table.has(made.id)) continue;
      this.#made.delete(token);
      if (this.#byKey.get(made.key) === made) this.#byKey.delete(made.key);
      if (made.client !== undefined) this.sources.letGo(made.client);
      if (made.pool !== undefined) this.choices.letGo(made.pool);
    }
  }
}

/** What a client's connections to one VIP have in common, whichever member they get. */
function chooserKey({ inPort }: Packet, { poolId, hash, dstPort }: MemberChoice): string {
  return `${inPort} ${poolId} ${hash} ${dstPort}`;
}

/** A template has no list of outputs. */
function isOneOutput({ actions }: FlowSpec): boolean {
  return actions.every(
    ({ kind }, i) => (kind === 'output' || kind === 'tunnel') === (i === actions.length - 1) && kind !== 'clone',
  );
}
