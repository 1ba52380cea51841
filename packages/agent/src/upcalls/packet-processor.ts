import {
  deviceTag,
  dpPortTag,
  emptyMask,
  getField,
  locationTag,
  MaskPool,
  type DropReason,
  type Emission,
  type FlowAction,
  type Found,
  type Tag,
  type Missing,
  type ObjectRef,
  type Outcome,
} from '@midonet/flow';
import { simulate, type Ingress } from '@midonet/simulation';
import type { Connections } from '../connections/connections.ts';
import type { FlowRequest, FlowWriter } from '../flows/flow-writer.ts';
import { addTo } from '../flows/counted-flows.ts';
import { NO_ACTIONS } from '../flows/flow-writer.ts';
import type { LocalPorts } from '../host/local-ports.ts';
import { InstanceServices } from '../instance/instance-services.ts';
import type { DropCount, DropCounters } from '../status/drop-counters.ts';
import type { RuleCounters } from '../status/rule-counters.ts';
import type { Knowledge } from '../view/knowledge.ts';
import { logLine } from '../rule-log/log-line.ts';
import type { RuleLog } from '../rule-log/rule-log.ts';
import type { Judgement, LiveTraces } from '../live-traces/live-traces.ts';
import { marked } from '../live-traces/trace-mark.ts';
import { missingKey } from '../view/missing-key.ts';
import { Copier } from './copier.ts';
import { EmissionQueue } from './emission-queue.ts';
import { COOKIES, LIFETIMES } from './flow-lifetimes.ts';
import type { Packet } from './packet.ts';
import type { Parking } from './parking.ts';
import { segmentLength } from './segment-length.ts';
import { TagMemo } from './tag-memo.ts';
import { Translator } from './translate.ts';

export type ProcessorModules = {
  readonly connections: Connections;
  readonly knowledge: Knowledge;
  readonly ports: LocalPorts;
  readonly flows: FlowWriter;
  readonly parking: Parking;
  readonly drops: DropCounters;
  readonly rules: RuleCounters;
  readonly ruleLog: RuleLog;
  readonly traces: LiveTraces;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  readonly now: () => number;
};

/** Why a packet is dropped, and the object that decided: its port when absent. */
type Drop = { readonly reason: DropReason; readonly by?: ObjectRef };

/** Actions that send copies, what they depend on, and where lost ones count. */
type Copied = {
  readonly actions: readonly FlowAction[];
  readonly tags: readonly Tag[];
  readonly lost: readonly DropCount[];
};
const NO_COPIES: Copied = { actions: NO_ACTIONS, tags: [], lost: [] };

/** What packets wait for that their senders would ask about. */
const WORTH_TELLING: ReadonlySet<Missing['kind']> = new Set(['neighbour', 'natPorts', 'fragment']);
/** How long the flow of a traced packet stands when there are too many of them. */
const PAUSE_MS = 1_000;

/** What a packet brings about besides flows; whoever learns and asks is behind these. */
export type ProcessorEvents = {
  /** Applies and shares what a simulation found out. True when that changed what is known. */
  onProposals(outcome: Outcome): boolean;
  /** Fetches what is missing. True when it takes the emissions (a neighbour is asked already). */
  onMissing(missing: readonly Missing[], outcome: Outcome): void;
  /** What was decided holds for a class of connections. */
  onTemplate(packet: Packet, outcome: Outcome, request: FlowRequest): void;
  /** A member of the load balancer answers to a health check. */
  onHealthAnswer(balancerId: string, packet: Packet): void;
  /** A packet that came in was answered: maybe by routers that advertise themselves. */
  onSolicited(packet: Packet, answers: readonly Emission[]): void;
  /** An instance asks a service of this host's agent; `portId` is the instance's. */
  onInstance(portId: string, packet: Packet): void;
};

/** A packet passes a dozen devices at most and teaches each one thing. */
const MAX_LESSONS = 13;

export type ProcessorCounters = {
  simulated: number;
  forwarded: number;
  consumed: number;
  dropped: number;
  parked: number;
};

/** Takes one packet through simulation and translation to flows and sends. */
export class PacketProcessor {
  readonly emissions: EmissionQueue;
  readonly counters: ProcessorCounters = { simulated: 0, forwarded: 0, consumed: 0, dropped: 0, parked: 0 };
  readonly #modules: ProcessorModules;
  readonly #events: ProcessorEvents;
  readonly #translator: Translator;
  readonly #copier: Copier;
  readonly #portTags = new TagMemo(dpPortTag);
  readonly #masks = new MaskPool();
  readonly #$mask = emptyMask();

  constructor(modules: ProcessorModules, events: ProcessorEvents) {
    this.#modules = modules;
    this.#events = events;
    this.#translator = new Translator(modules.knowledge, modules.ports);
    this.#copier = new Copier(this.#translator);
    this.emissions = new EmissionQueue();
  }

  /** `terse`: an explanation without the rules that do not apply. */
  simulate(packet: Packet, explain: boolean, terse = false): Outcome {
    const { knowledge, connections, now } = this.#modules;
    const length = segmentLength(packet.key, packet.frame, packet.gsoSize);
    const { key, frame, direction, portId } = packet;
    const ingress: Ingress =
      length === undefined
        ? { key, frame, direction, portId }
        : { key, frame, direction, portId, segmentLength: length };
    const { devices } = knowledge;
    return simulate(ingress, { topology: devices, state: knowledge, connections, now: now(), explain, terse });
  }

  process(packet: Packet): void {
    const { flows, parking, connections, now } = this.#modules;
    const outcome = this.#learnAndSettle(packet);
    const awaited = connections.awaited(packet.portId, outcome.opened);
    if (awaited !== undefined) {
      this.counters.parked++;
      parking.park(packet, [awaited], now());
      return;
    }
    const traced = outcome.traced === undefined ? 'pass' : this.#trace(packet, outcome);
    connections.commit(outcome, packet);
    if (outcome.verdict.kind !== 'blocked') this.#log(packet, outcome);
    switch (outcome.verdict.kind) {
      case 'blocked': {
        const { on } = outcome.verdict;
        this.counters.parked++;
        parking.park(packet, on.map(missingKey), now());
        this.#events.onMissing(on, outcome);
        return;
      }
      case 'consume': {
        this.counters.consumed++;
        addTo(this.#modules.rules.of(outcome.rules), 1, packet.fullLength);
        const { reason, by } = outcome.verdict;
        if (reason === 'healthAnswer') this.#events.onHealthAnswer(by.id, packet);
        else if (InstanceServices.takes(reason)) this.#events.onInstance(by.id, packet);
        const { actions } = this.#copied(packet, outcome);
        const { frame, inPort, gsoSize } = packet;
        if (actions.length > 0) flows.send({ frame: outcome.frame ?? frame, inPort, gsoSize, actions });
        break;
      }
      case 'drop':
      case 'forward': {
        const request = this.flowFor(packet, outcome, traced);
        if (request === undefined) break;
        flows.add(request);
        if (outcome.template !== undefined && outcome.traced === undefined)
          this.#events.onTemplate(packet, outcome, request);
      }
    }
    if (outcome.emissions.length > 0 && packet.direction === 'in') this.#events.onSolicited(packet, outcome.emissions);
    for (const emission of outcome.emissions) this.emissions.push(emission, packet.depth + 1);
  }

  /** Before its connection is taken in: the explaining run must see what the other one saw. */
  #trace(packet: Packet, { traced = [], verdict }: Outcome): Judgement {
    const { traces } = this.#modules;
    // While devices are fetched it comes again and again.
    if (verdict.kind === 'blocked' && !verdict.on.some(({ kind }) => WORTH_TELLING.has(kind))) return 'pass';
    const judgement = traces.judge(traced);
    if (judgement === 'record') traces.record(packet, this.simulate(packet, true, true));
    return judgement;
  }

  /** Whether trace requests want to see the packets that the outcome is about. */
  isTraced({ traced }: Outcome): boolean {
    return traced !== undefined && this.#modules.traces.isOpen(traced);
  }

  /**
   * What a packet teaches may change its own way (its source is where it was just going to), so it
   * is simulated again on what is known now; a way that never settles gets no flow.
   */
  #learnAndSettle(packet: Packet): Outcome {
    let outcome = this.simulate(packet, false);
    this.counters.simulated++;
    for (let i = 0; i < MAX_LESSONS; i++) {
      if (outcome.proposals.length === 0 || !this.#events.onProposals(outcome)) return outcome;
      if (outcome.verdict.kind === 'consume') return outcome;
      outcome = this.simulate(packet, false);
      this.counters.simulated++;
    }
    return { ...outcome, installable: false };
  }

  /** What the flow of an outcome does on this host, as of now. */
  actionsOf(outcome: Outcome): readonly FlowAction[] {
    const { verdict } = outcome;
    const own = verdict.kind === 'forward' ? this.#translator.translate(verdict.actions).actions : NO_ACTIONS;
    return this.#copier.copied(outcome).actions.concat(own);
  }

  /**
   * The flow that does to further packets what the outcome says. Sends or counts the packet itself
   * when no flow can stand for it; then there is nothing to install.
   */
  flowFor(packet: Packet, outcome: Outcome, traced: Judgement = 'pass'): FlowRequest | undefined {
    const { verdict } = outcome;
    if (verdict.kind === 'drop') return this.#drop(packet, outcome, verdict, traced);
    if (verdict.kind !== 'forward') return undefined;
    const translation = this.#translator.translate(verdict.actions);
    if (translation.outputs === 0) {
      const tags = [...outcome.tags, ...translation.tags];
      return this.#drop(packet, { ...outcome, tags }, translation.failure ?? { reason: 'portInactive' }, traced);
    }
    this.counters.forwarded++;
    const copied = this.#copied(packet, outcome);
    const rules = this.#modules.rules.of(outcome.rules);
    const { inPort, gsoSize } = packet;
    const frame = outcome.frame ?? packet.frame;
    const sent = traced === 'record' ? marked(translation.actions) : translation.actions;
    const actions = copied.actions.concat(sent);
    if (!outcome.installable || packet.direction !== 'in' || traced === 'record') {
      addTo(rules, 1, packet.fullLength);
      this.#modules.flows.send({ frame, inPort, gsoSize, actions });
      return undefined;
    }
    // What the flow loses counts by its packets, this one by itself: it must not meet the flow.
    const one = copied.actions.length + translation.outputs === 1 && copied.lost.length === 0;
    const byFlow = one && packet.givenUp !== true;
    // A packet that looks its flow up is counted there.
    if (frame.length > 0 && !byFlow) addTo(rules, 1, packet.fullLength);
    return {
      spec: this.#spec(packet, outcome, 'forward', actions, traced),
      counts: [...rules, ...copied.lost],
      tags: outcome.tags.concat(copied.tags, translation.tags, this.#portTags.get(inPort)),
      connections: carriedBy(outcome),
      packet: frame.length === 0 ? undefined : { frame, inPort, gsoSize, actions: byFlow ? 'lookup' : actions },
    };
  }

  #log({ key, portId }: Packet, { logged }: Outcome): void {
    const { ruleLog, wall } = this.#modules;
    for (const decision of logged) ruleLog.add(() => logLine(wall(), portId, key, decision));
  }

  #drop(packet: Packet, outcome: Outcome, { reason, by }: Drop, traced: Judgement): FlowRequest | undefined {
    const { drops, rules } = this.#modules;
    const counts = [drops.at(reason, packet.portId, by), ...rules.of(outcome.rules)];
    // An adopted flow is looked at again without a packet.
    if (packet.fullLength > 0) {
      this.counters.dropped++;
      addTo(counts, 1, packet.fullLength);
    }
    const { actions, tags, lost } = this.#copied(packet, outcome);
    const { inPort, gsoSize } = packet;
    const send = { frame: outcome.frame ?? packet.frame, inPort, gsoSize, actions };
    if (!outcome.installable || packet.direction !== 'in' || traced === 'record') {
      if (actions.length > 0) this.#modules.flows.send(send);
      return undefined;
    }
    return {
      spec: this.#spec(packet, outcome, 'drop', actions, traced),
      tags: outcome.tags.concat(tags, this.#portTags.get(packet.inPort)),
      packet: actions.length === 0 || packet.frame.length === 0 ? undefined : send,
      counts: [...counts, ...lost],
    };
  }

  /** The copies that go along with a packet and its flow; those of the frame as it came, when another goes in its place, at once. */
  #copied(packet: Packet, outcome: Outcome): Copied {
    const { copies, frame } = outcome;
    if (copies === undefined) return NO_COPIES;
    const copied = this.#copier.copied(outcome);
    const counts = copied.lost.map((mirror) =>
      this.#modules.drops.at('mirrorUnreachable', packet.portId, { kind: 'mirror', id: mirror }),
    );
    if (packet.fullLength > 0) for (const count of counts) count.packets++;
    if (frame === undefined || copies.actions.length === 0) return { ...copied, lost: counts };
    const { inPort, gsoSize } = packet;
    const early = this.#copier.copied({ copies: { ...copies, ofFrame: [] } });
    if (early.actions.length > 0) {
      this.#modules.flows.send({ frame: packet.frame, inPort, gsoSize, actions: early.actions });
    }
    return { ...this.#copier.copied({ copies: { ...copies, actions: [] } }), lost: counts };
  }

  #spec(
    packet: Packet,
    outcome: Outcome,
    kind: 'forward' | 'drop',
    actions: FlowRequest['spec']['actions'],
    traced: Judgement,
  ): FlowRequest['spec'] {
    const { ttlAbove, mtu } = outcome;
    // The virtual port was the ingress of the simulation; here it is a datapath port.
    this.#$mask.set(outcome.mask);
    this.#$mask[0] = 0xffffffff;
    const mask = this.#masks.intern(this.#$mask);
    const lifetime = traced === 'pause' ? { ...LIFETIMES[kind], hardMs: PAUSE_MS } : LIFETIMES[kind];
    return { key: packet.key, mask, ttlAbove, mtu: mtu ?? 0, actions, ...lifetime, cookie: COOKIES[kind] };
  }
}

/** The connections whose packets the outcome's flow will carry. */
function carriedBy({ connections, opened }: Outcome): readonly Found[] {
  if (opened.length === 0) return connections;
  return [...connections, ...opened.map((connection) => ({ connection, direction: 'original' }) as const)];
}

/** The flow of a tunnel key: straight to the port it names. Its tags are the port's. */
export function tunnelIngressFlow(
  packet: Packet,
  local: { readonly dpPort: number; readonly portId: string } | undefined,
): FlowRequest {
  const mask = emptyMask();
  mask[0] = 0xffffffff;
  mask[1] = 0xffffffff;
  const kind = local === undefined ? 'drop' : 'tunnelIngress';
  const actions =
    local === undefined ? NO_ACTIONS : [{ kind: 'output', port: local.dpPort as Packet['inPort'] } as const];
  const key = getField(packet.key, 'tunnelKey');
  const tags = local === undefined ? [tunnelKeyTag(key)] : [locationTag(local.portId), deviceTag('port', local.portId)];
  const { frame, inPort, gsoSize } = packet;
  return {
    spec: { key: packet.key, mask, ttlAbove: 0, mtu: 0, actions, ...LIFETIMES[kind], cookie: COOKIES[kind] },
    tags: [...tags, dpPortTag(inPort)],
    packet: local === undefined ? undefined : { frame, inPort, gsoSize, actions },
  };
}

/** A key that named no port here: fires when it comes to name one. */
export function tunnelKeyTag(key: number): Tag {
  return locationTag(`key ${key}`);
}
