import type { ServerMessage, Topic } from '@midonet/contract';
import type { Datapath, Upcall } from '@midonet/datapath';
import type { Emission, Missing, Outcome } from '@midonet/flow';
import { decodeKeyed, isDecodeFailure, type LoadBalancerId, type PortId, type TopologyItem } from '@midonet/topology';
import { Solicitations } from './advertising/solicitations.ts';
import type { AgentModules, AgentOptions } from './agent-modules.ts';
import * as times from './agent-times.ts';
import { Connections } from './connections/connections.ts';
import { every, type Clock, type Timer } from './clock.ts';
import { Adoption } from './flows/adoption.ts';
import { EventRelay } from './event-relay.ts';
import { FlowWriter } from './flows/flow-writer.ts';
import type { Invalidation } from './flows/flow-table.ts';
import { HealthAnswers } from './health/health-answers.ts';
import { HealthChecks } from './health/health-checks.ts';
import { Bindings } from './host/bindings.ts';
import { hostIdentity, type HostIdentity } from './host/host-identity.ts';
import { HostReport } from './host/host-report.ts';
import type { LinkSource } from './host/links.ts';
import { InstanceServices, NO_INSTANCE_SERVICES } from './instance/instance-services.ts';
import { LocalPorts } from './host/local-ports.ts';
import { PortLimiter } from './host/port-limits.ts';
import { StateDir } from './host/state-dir.ts';
import { TunnelKeys } from './host/tunnel-keys.ts';
import { BigTcp } from './host/big-tcp.ts';
import { Tunnels } from './host/tunnels.ts';
import { Learner } from './learning/learner.ts';
import { LiveTraces } from './live-traces/live-traces.ts';
import type { Logger } from './logger.ts';
import { RuleLog } from './rule-log/rule-log.ts';
import { CentralSettings } from './settings/central-settings.ts';
import { rememberedFlows } from './settings/remembered-flows.ts';
import { followSettings } from './settings/follow-settings.ts';
import { NeighbourResolver } from './neighbours/neighbour-resolver.ts';
import { DropCounters } from './status/drop-counters.ts';
import { DropReport } from './status/drop-report.ts';
import { RuleCounters } from './status/rule-counters.ts';
import { RuleReport } from './status/rule-report.ts';
import { PacketProcessor } from './upcalls/packet-processor.ts';
import type { Templates } from './templates/templates.ts';
import { makeTemplates, templateNews } from './templates/wiring.ts';
import { Parking } from './upcalls/parking.ts';
import { UpcallLoop } from './upcalls/upcall-loop.ts';
import { Upkeep } from './upkeep.ts';
import { ItemStore } from './view/item-store.ts';
import { Knowledge, locationKey, type Consequences } from './view/knowledge.ts';
import { recall, remember } from './view/memory-file.ts';
import { MemoryWriter } from './view/memory-writer.ts';
import { Connection } from './watch/connection.ts';
import { topicsFor } from './watch/interest.ts';
import { isAdopted } from './watch/adopted-rows.ts';
import { RowWriter } from './watch/row-writer.ts';
import { Subscriptions, topicKey } from './watch/subscriptions.ts';

/** What a running agent holds and gives back at the end. */
type Held = {
  readonly state: StateDir;
  readonly datapath: Datapath;
  readonly events: EventRelay;
  readonly remembered: ReturnType<typeof recall>;
};

const TRACE_KEY = 'traceRequest/';
const RULE_LOG = 'rule-log.jsonl';

/**
 * One host's agent: everything below is put together here, and runs in this one thread. News of the
 * controller, upcalls of the datapath, changes of interfaces and timers each run to their end before
 * the next, so nobody ever sees half of a change.
 */
export class Agent {
  readonly identity: HostIdentity;
  readonly clock: Clock;
  readonly knowledge: Knowledge;
  readonly items: ItemStore;
  readonly ports = new LocalPorts();
  readonly drops = new DropCounters();
  readonly rules = new RuleCounters();
  readonly ruleLog: RuleLog;
  readonly traces: LiveTraces;
  readonly flows: FlowWriter;
  readonly processor: PacketProcessor;
  readonly connections: Connections;
  readonly templates: Templates;
  readonly parking: Parking;
  readonly loop: UpcallLoop;
  readonly rows: RowWriter;
  readonly subscriptions: Subscriptions;
  readonly connection: Connection;
  readonly resolver: NeighbourResolver;
  readonly learner: Learner;
  readonly bindings: Bindings;
  readonly limiter: PortLimiter;
  readonly checks: HealthChecks;
  readonly answers: HealthAnswers;
  readonly services: InstanceServices;
  readonly solicitations: Solicitations;
  readonly tunnels: Tunnels;
  readonly adoption: Adoption;
  readonly state: StateDir;
  readonly central: CentralSettings;
  readonly datapath: Datapath;
  readonly #logger: Logger;
  readonly #report: HostReport;
  readonly #dropReport: DropReport;
  readonly #ruleReport: RuleReport;
  readonly bigTcp: BigTcp | undefined;
  readonly #links: LinkSource;
  readonly #upkeep: Upkeep;
  readonly #memory: MemoryWriter;
  readonly #timers: Timer[] = [];
  #hostLoaded = false;
  #stopped = false;

  /** Takes the state folder, opens the datapath and goes to work. Throws when one of these cannot be had. */
  static async start(options: AgentOptions, modules: AgentModules): Promise<Agent> {
    const state = new StateDir(options.stateDir);
    const events = new EventRelay();
    let datapath: Datapath | undefined;
    try {
      const remembered = recall(state);
      datapath = await modules.openDatapath(events, rememberedFlows(remembered));
      return new Agent(options, modules, { state, datapath, events, remembered });
    } catch (error) {
      await datapath?.close('keep');
      state.release();
      throw error;
    }
  }

  private constructor(options: AgentOptions, modules: AgentModules, held: Held) {
    const { clock, logger } = modules;
    this.clock = clock;
    this.#logger = logger;
    this.state = held.state;
    this.datapath = held.datapath;
    this.identity = hostIdentity(this.state, options.hostName);
    const { remembered } = held;
    const now = (): number => clock.now();
    const datapath = (): Datapath => this.datapath;
    this.central = new CentralSettings(this.identity.id, options.ownSettings ?? new Set(), logger);
    this.knowledge = new Knowledge(this.identity.id, now);
    this.items = new ItemStore((key, value) => {
      const item = decodeKeyed(key, value);
      if (!isDecodeFailure(item)) return item;
      logger.warn({ key, field: item.field }, `cannot read an item of the controller: ${item.message}`);
      return undefined;
    });
    this.connection = new Connection(
      { urls: options.controllerUrls, host: this.identity, lease: remembered?.lease },
      { dial: modules.dial, clock, random: modules.random },
      {
        onWelcome: (revision, _lease, sameLease, keys) => {
          if (keys !== undefined) this.connections.peers.setKeys(keys);
          this.#welcome(revision, sameLease);
        },
        onMessage: (message) => this.#message(message),
        onLost: (reason) => this.#lost(reason),
      },
    );
    const send = this.connection.send.bind(this.connection);
    this.subscriptions = new Subscriptions(send);
    this.rows = new RowWriter(send, clock, (message) => logger.warn({}, `the controller refused a row: ${message}`));
    this.ruleLog = new RuleLog(this.state.file(RULE_LOG), (message) =>
      logger.warn({}, `cannot write the log of rules: ${message}`),
    );
    this.flows = new FlowWriter(datapath);
    this.parking = new Parking((reason, packet) => this.drops.count(reason, packet.portId));
    this.connections = new Connections(
      {
        ...modules,
        ...{ state: this.state, knowledge: this.knowledge, flows: this.flows, send },
        maxConnections: options.maxConnections,
      },
      {
        onArrived: (key) => this.loop.arrived(key),
        onSettled: (key) => {
          this.loop.arrived(key);
          this.loop.settle();
        },
        onWanted: (kind, id) => this.#want({ kind, id }),
        ...templateNews(() => this.templates),
      },
    );
    this.templates = makeTemplates({
      ...{ clock, datapath, flows: this.flows, knowledge: this.knowledge, wall: modules.wall() },
      connections: () => this.connections,
    });
    this.flows.onUsed = (connections, { idleForMs, tcpFlags }) =>
      this.connections.used(connections, now() - idleForMs, tcpFlags);
    const { connections, knowledge, ports, flows, parking, drops, rules, ruleLog, rows, items } = this;
    const { wall } = modules;
    this.traces = new LiveTraces({ hostId: this.identity.id, rows, ports, now, wall });
    const { traces } = this;
    this.processor = new PacketProcessor(
      { connections, knowledge, ports, flows, parking, drops, rules, ruleLog, traces, wall, now },
      {
        onProposals: (outcome) => this.#learn(outcome),
        onMissing: (missing, outcome) => this.#fetch(missing, outcome),
        onSolicited: ({ portId, key, frame }, answers) => this.solicitations.note(portId, key, frame, answers),
        onInstance: (port, { frame }) => this.services.take(port as PortId, frame), // named by plain text
        onTemplate: (packet, outcome, request) => this.templates.consider(packet, outcome, request),
        onHealthAnswer: (balancer, packet) => this.answers.take(balancer as LoadBalancerId, packet), // named by plain text
      },
    );
    const { processor } = this;
    this.loop = new UpcallLoop({
      ...{ connections, ports, flows, processor, parking, drops, traces },
      onMet: (port) => this.limiter.met(port),
      onBatch: () => this.templates.drain(),
      onOtherKey: (key, frame) => this.checks.receiveByKey(key, frame),
    });
    this.learner = new Learner({ knowledge, rows, now, random: modules.random });
    this.resolver = new NeighbourResolver(
      { knowledge, rows, clock },
      {
        onAsk: (emission) => this.#ask(emission),
        onFailed: (key) => {
          this.loop.arrived(key);
          this.loop.settle();
        },
      },
    );
    const keys = new TunnelKeys(this.state);
    this.checks = new HealthChecks(
      { knowledge, rows, keys, clock, random: modules.random, logger },
      {
        onWanted: (topic) => this.#want(topic),
        onSend: (emission) => this.#route(emission),
        onTags: (tags) => this.#invalidate({ tags, routes: [] }),
      },
    );
    const onAnswer = (id: LoadBalancerId, frame: Uint8Array): void => this.checks.receive(id, frame);
    this.answers = new HealthAnswers({ knowledge, flows, clock, onAnswer });
    const settings = options.instanceServices ?? NO_INSTANCE_SERVICES;
    const onSend = (emission: Emission): void => this.#ask(emission);
    this.services = new InstanceServices({ ...modules, settings, knowledge, onSend });
    const upcall = (again: Upcall): void => this.loop.upcall([again]);
    this.solicitations = new Solicitations({ ports, state: this.state, now, upcall });
    this.bindings = new Bindings(
      { datapath, knowledge, items, ports, keys, rows, logger },
      {
        onPlugged: (port) => this.connections.plugged(port),
        onTags: (tags, changes) =>
          this.#invalidate({ tags: [...tags, ...(changes?.tags ?? [])], routes: changes?.routes ?? [] }),
      },
    );
    const want = (topic: Topic): void => void this.subscriptions.want(topic, now());
    this.limiter = new PortLimiter({ datapath, knowledge, ports, want });
    this.tunnels = new Tunnels(
      { datapath, knowledge, ports, logger },
      (tags) => this.#invalidate({ tags, routes: [] }),
      () => this.flows.forgetAll(),
    );
    const { solicitations, learner, resolver, subscriptions, limiter, checks } = this;
    this.#upkeep = new Upkeep(
      { clock, flows, solicitations, learner, resolver, subscriptions, knowledge, items, limiter, checks },
      {
        onTags: (tags) => this.#invalidate({ tags, routes: [] }),
        onForgotten: (changes) => this.#apply(changes, undefined),
      },
    );
    this.#memory = new MemoryWriter({ clock, logger }, () => {
      const owned = [...this.rows.ownedKeys()];
      remember(this.state, this.subscriptions, this.items, { lease: this.connection.lease, owned });
    });
    this.bigTcp = modules.bigTcp && new BigTcp({ ...modules.bigTcp, logger });
    this.#dropReport = new DropReport(this.identity.id, {
      ...{ drops, rows },
      datapathDrops: () => this.datapath.counters().drops,
    });
    this.#ruleReport = new RuleReport(this.identity.id, { rules, rows });
    this.#report = new HostReport(this.identity.id, { rows, ports, clock });
    this.adoption = new Adoption({ datapath, ports, flows, processor }, (missing, outcome) =>
      this.#fetch(missing, outcome),
    );
    held.events.target = {
      onUpcalls: (batch) => this.loop.upcall(batch),
      onFlowsGone: (gone) => this.flows.gone(gone),
      onFlowsClosing: (closing) => {
        for (const { id, tcpFlags } of closing) connections.closing(flows.table.connectionsOf(id), tcpFlags);
        connections.flush();
      },
      onOpened: (opened) => this.templates.opened(opened),
      onPortChange: () => this.#reconcile(),
    };
    this.#links = modules.openLinks(() => this.#reconcile());
    followSettings(this.central, this);
    if (remembered !== undefined) this.#recall(remembered);
    for (const kind of ['host', 'conf'] as const) this.subscriptions.want({ kind, id: this.identity.id }, now());
    this.connections.start();
    this.templates.start(this.connections.earlierClasses);
    this.checks.start();
    this.#reconcile();
    this.adoption.start();
    this.#startTimers();
    this.connection.start();
  }

  /** 'keep' leaves the datapath forwarding and the rows standing for the next run; 'remove' takes all down. */
  async stop(how: 'keep' | 'remove'): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.resolver.close();
    this.checks.close();
    this.services.close();
    this.#report.close();
    if (how === 'remove') this.bigTcp?.undo(this.#links.links());
    this.#links.close();
    this.templates.stop();
    this.connections.stop(how);
    this.rows.close();
    this.ruleLog.close();
    this.#memory.close();
    this.connection.close(how === 'keep' ? 'silent' : 'bye');
    await this.datapath.close(how);
    this.state.release();
  }

  get hostLoaded(): boolean {
    return this.#hostLoaded;
  }

  #recall(remembered: NonNullable<ReturnType<typeof recall>>): void {
    for (const { topic, revision, items } of remembered.topics) {
      this.subscriptions.restore(topic, revision, this.clock.now());
      const changes = this.items.snapshot(topicKey(topic), revision, items);
      this.central.observe(changes);
      this.connections.topology(changes, this.knowledge.apply(changes, topic).changes);
    }
    for (const key of remembered.owned) {
      const row = this.items.value(key);
      if (row !== undefined && isAdopted(row)) this.rows.adopt(row);
    }
  }

  #welcome(revision: number, sameLease: boolean): void {
    this.#logger.info({ controller: this.connection.status.url, revision }, 'connected to a controller');
    this.subscriptions.resume(revision, this.connection.status.version);
    if (!sameLease) this.checks.leaseLost();
    this.rows.resume(sameLease);
    this.connections.leases.welcome();
    this.#report.now(this.#links.links());
    if (!this.#hostLoaded) this.#timers.push(this.clock.after(times.ADOPTION_MS, () => this.adoption.giveUp()));
    this.#hostLoaded = true;
  }

  /** Said once; the tries that follow are in the status. */
  #lost(reason: string): void {
    this.connections.leases.lost();
    const say = this.connection.status.attempts <= 1 ? 'warn' : 'debug';
    this.#logger[say]({ reason }, 'no controller: forwarding and simulating on what is known');
  }

  #message(message: ServerMessage): void {
    if (this.connections.leases.receive(message)) {
      this.loop.settle();
      return;
    }
    this.rows.receive(message);
    const news = this.subscriptions.receive(message);
    if (news === undefined) return;
    const { key, revision, items, topic } = news;
    const changes =
      news.kind === 'snapshot' ? this.items.snapshot(key, revision, items) : this.items.delta(key, revision, items);
    this.#apply(changes, news.kind === 'snapshot' ? topic : undefined);
    for (const item of changes) {
      if (item.value === undefined && item.key.startsWith(TRACE_KEY))
        this.traces.forget(item.key.slice(TRACE_KEY.length));
    }
    if (news.kind === 'snapshot' && topic.kind === 'host') this.#cleanUp();
  }

  #apply(changes: readonly TopologyItem[], loaded: Topic | undefined): void {
    for (const { key, value } of changes) {
      if (value === undefined || value.kind === 'learnedMac' || value.kind === 'neighbour')
        this.learner.observe(key, value);
    }
    this.central.observe(changes);
    const consequences = this.knowledge.apply(changes, loaded);
    this.#consequences(consequences);
    this.connections.topology(changes, consequences.changes);
    this.checks.changed(consequences.changes);
  }

  #consequences({ tags, arrived, hostChanged, policiesChanged }: Consequences): void {
    if (!tags.isEmpty) this.#invalidate(tags);
    if (hostChanged) this.#reconcile();
    else if (policiesChanged) this.limiter.reconcile();
    for (const key of arrived) {
      this.resolver.answered(key);
      this.loop.arrived(key);
    }
    this.adoption.retry();
    this.loop.settle();
    this.#memory.soon();
  }

  #invalidate(invalidation: Invalidation): void {
    this.flows.invalidate(invalidation);
  }

  #reconcile(): void {
    if (this.#stopped) return;
    const links = this.#links.links();
    this.tunnels.reconcile(links);
    this.connections.peers.reconcile();
    this.bindings.reconcile(links);
    this.bigTcp?.reconcile(links, this.tunnels.underlays, this.ports);
    this.limiter.reconcile();
    this.#report.changed(() => this.#links.links());
    this.adoption.retry();
    this.loop.settle();
  }

  /** The host's topic is complete: what an earlier run left and nobody wants any more can go. */
  #cleanUp(): void {
    this.bindings.removeStrangers();
    for (const row of [...this.rows.owned()]) {
      if (row.kind === 'portActive' && this.ports.get(row.portId) === undefined)
        this.rows.delete(locationKey(row.portId));
    }
  }

  #learn(outcome: Outcome): boolean {
    const { tags, arrived } = this.learner.take(outcome.proposals);
    if (tags.length > 0) this.#invalidate({ tags, routes: [] });
    for (const key of arrived) {
      this.resolver.answered(key);
      this.loop.arrived(key);
    }
    return tags.length > 0;
  }

  #fetch(missing: readonly Missing[], outcome: Outcome): void {
    for (const each of missing) {
      if (each.kind === 'neighbour') this.resolver.ask(each, outcome);
      else if (each.kind === 'natPorts') this.connections.wanted(each.deviceId, each.address);
      else for (const topic of topicsFor(each)) this.#want(topic);
    }
  }

  #want(topic: Topic): void {
    this.subscriptions.want(topic, this.clock.now());
  }

  #route(emission: Emission): void {
    this.loop.route(emission);
    this.loop.settle();
  }

  #ask(emission: { readonly portId: string; readonly frame: Uint8Array }): void {
    this.loop.emit(emission);
    this.loop.settle();
  }

  #startTimers(): void {
    const { clock } = this;
    this.#timers.push(
      every(clock, times.PARKING_MS, () => this.parking.expire(clock.now())),
      every(clock, times.SWEEP_MS, () => this.datapath.sweep()),
      every(clock, times.COUNTS_MS, () => {
        this.flows.counted.poll();
        this.ruleLog.flush();
      }),
      every(clock, times.DROPS_MS, () => this.#dropReport.now()),
      every(clock, times.RULES_MS, () => this.#ruleReport.now()),
      every(clock, times.TABLES_MS, () => this.#upkeep.sweep()),
      every(clock, times.RETRY_PLUG_MS, () => {
        if (this.bindings.problems.size > 0 || this.tunnels.problems.length > 0) this.#reconcile();
      }),
    );
  }
}
