import {
  getField,
  MaskPool,
  PacketReader,
  type Connection,
  type ConnectionView,
  type FlowKey,
  type Outcome,
  type Verdict,
} from '@midonet/flow';
import { clampMss, emptyPlaces, rewriteQuoted } from '@midonet/packet';
import type { PortId, StateView, TopologyView } from '@midonet/topology';
import { PROTO_TCP } from './answer/numbers.ts';
import { templateOf } from './connection/template.ts';
import { enterPort, leavePort, sendOwn } from './port.ts';
import { routeOwn } from './router/own-packets.ts';
import { Walk, type Ending, type Ways } from './walk.ts';

/** A packet as it enters the virtual topology. `key` and `frame` are read, never changed. */
export type Ingress = {
  readonly key: FlowKey;
  readonly frame: Uint8Array;
  /**
   * 'in': the packet comes from outside into this port. 'out': a device made it and it leaves the
   * device through this port (an Emission), so the port's far side, interior or exterior, is next.
   * 'routed': the router that has this port made it and routes it; it leaves with the address and MAC
   * of the port it leaves by.
   */
  readonly direction: 'in' | 'out' | 'routed';
  readonly portId: PortId;
  /**
   * For a train of segments (GSO) that travels as one frame: bytes of IP packet of one segment on
   * the wire. Routers compare this to the MTU instead of the frame's length.
   */
  readonly segmentLength?: number;
};

export type SimulationOptions = {
  readonly topology: TopologyView;
  readonly state: StateView;
  /** NO_CONNECTIONS where none are kept. */
  readonly connections: ConnectionView;
  /** Milliseconds, injected: nothing in here reads a clock. */
  readonly now: number;
  readonly explain: boolean;
  /** With `explain`: rules that do not apply are left out. */
  readonly terse?: boolean;
};

/** Pure and synchronous. Never throws for any packet or topology; see Outcome. */
export type Simulate = (ingress: Ingress, options: SimulationOptions) => Outcome;

/** Owned by `simulate` alone, which is synchronous and never calls itself: one reader serves all packets. */
const $workReader = new PacketReader();
const $workPlaces = emptyPlaces();
/** The masks it gives out; a pool of copies, whose contents never change. */
const $workMasks = new MaskPool();

/**
 * Walks a packet through the virtual topology, from its port to wherever it ends. The explaining run
 * is the same code with the steps written down.
 */
export const simulate: Simulate = (ingress, { topology, state, connections, explain, terse = false }) => {
  const { key, frame, segmentLength } = ingress;
  const ingressPort = ingress.direction === 'in' ? ingress.portId : undefined;
  const input = { key, frame, segmentLength, topology, state, connections, explain, terse, ingressPort };
  $workReader.reset(key);
  let walk = new Walk($workReader, input, WAYS);
  let ending = start(walk, ingress);
  if (ending.kind === 'drop' && ending.reason === 'tooLongForPort' && walk.routed) {
    // Its first router knows now what the way takes, and answers.
    $workReader.reset(key);
    walk = new Walk($workReader, { ...input, narrow: walk.tooLongFor }, WAYS);
    ending = start(walk, ingress);
  }
  const verdict = verdictOf(walk, ending);
  if (walk.trace !== undefined) traceEnd(walk, verdict);
  const opened = openedBy(walk, verdict);
  if (opened.length === 0) for (const tag of walk.tagsUnlessBegun) walk.tag(tag);
  const template = templateOf(walk, verdict);
  return {
    verdict,
    mask: $workMasks.intern($workReader.mask),
    ttlAbove: $workReader.ttlAbove,
    installable: walk.installable && (verdict.kind === 'forward' || verdict.kind === 'drop'),
    tags: walk.tags,
    proposals: walk.proposals,
    emissions: walk.emissions,
    connections: walk.known,
    rules: walk.rules,
    logged: walk.logged,
    opened,
    // While it waits, the later ones wait for it: until it goes on, what they would belong to has not begun.
    fragments: verdict.kind === 'blocked' ? NO_FRAGMENTS : walk.fragments,
    ...instead(walk, key, frame),
    ...(walk.copies === undefined || verdict.kind === 'blocked' ? undefined : { copies: walk.copies.result() }),
    ...(template === undefined ? undefined : { template }),
    ...(walk.mtu === undefined ? undefined : { mtu: walk.mtu }),
    ...(walk.traced === undefined ? undefined : { traced: walk.traced }),
    ...(walk.trace === undefined ? undefined : { trace: walk.trace }),
  };
};

/** The frame to send in place of the one that came: with what it quotes translated, or the MSS that fits. */
function instead(walk: Walk, key: FlowKey, frame: Uint8Array): { readonly frame?: Uint8Array } | undefined {
  if (walk.quoted !== undefined) return { frame: rewriteQuoted(frame, walk.quoted) };
  // That is no decision, and reads nothing: the datapath does the same to every SYN of a flow with an MTU.
  if (walk.mtu === undefined || getField(key, 'ipProto') !== PROTO_TCP) return undefined;
  const clamped = clampMss(frame, walk.mtu, $workPlaces);
  return clamped === undefined ? undefined : { frame: clamped };
}

/** A packet that was dropped or waits begins nothing; one that was answered does: the answer comes back on its way. */
function openedBy(walk: Walk, verdict: Verdict): readonly Connection[] {
  if (walk.opening.length === 0 || verdict.kind === 'drop' || verdict.kind === 'blocked') return NONE;
  const { ingressPort } = walk;
  const outputs = verdict.kind === 'forward' ? walk.outputs.portIds() : [];
  const egressPorts = walk.reentries.length === 0 ? outputs : [...new Set([...outputs, ...walk.reentries])];
  return walk.opening.map((opening) => ({ ...opening, ingressPort, egressPorts }));
}

const NONE: readonly Connection[] = [];
const NO_FRAGMENTS: Outcome['fragments'] = [];
const WAYS: Ways = { leave: leavePort, enter: enterPort };

function start(walk: Walk, { portId, direction }: Ingress): Ending {
  const port = walk.topology.port(portId);
  if (port === undefined) return walk.blocked({ kind: 'port', id: portId });
  switch (direction) {
    case 'in':
      return enterPort(walk, port, 0);
    case 'out':
      return sendOwn(walk, port);
    case 'routed':
      return routeOwn(walk, port);
    default:
      return direction satisfies never;
  }
}

function verdictOf(walk: Walk, ending: Ending): Verdict {
  if (ending.kind !== 'sent') return ending;
  return { kind: 'forward', actions: walk.outputs.actions() };
}

function traceEnd(walk: Walk, verdict: Verdict): void {
  switch (verdict.kind) {
    case 'forward': {
      const detail = `${verdict.actions.length} actions`;
      walk.step({ kind: 'packet', id: '' }, { kind: 'end', verdict: 'forward', detail });
      return;
    }
    case 'consume':
    case 'drop':
      walk.step(verdict.by, { kind: 'end', verdict: verdict.kind, detail: verdict.reason });
      return;
    case 'blocked': {
      const detail = verdict.on.map((missing) => missing.kind).join(', ');
      walk.step({ kind: 'packet', id: '' }, { kind: 'end', verdict: 'blocked', detail });
      return;
    }
    default:
      verdict satisfies never;
  }
}
