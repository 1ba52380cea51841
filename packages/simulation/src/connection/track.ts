import {
  connectionTag,
  FRAG_LATER,
  printTuple,
  reversed,
  sameTuple,
  type Connection,
  type Mark,
  type Tuple,
} from '@midonet/flow';
import type { Walk } from '../walk.ts';
import { isUnicast } from '../ip-scope.ts';
import type { Stage, Standing } from './stage.ts';
import { fragmentKey, identify, tupleNow } from './tuple.ts';

const APART: Standing = { kind: 'apart' };

/** The packet's connection at the device it is in. Looked up once a visit. */
export function standingOf(walk: Walk): Standing {
  const { stage } = walk;
  if (stage === undefined) return APART;
  stage.standing ??= stage.arrived === undefined ? lookUp(walk, stage) : lookUpArrived(walk, stage, stage.arrived);
  return stage.standing;
}

/** The packet was translated since it came in: back there for the look-up. */
function lookUpArrived(walk: Walk, stage: Stage, arrived: Mark): Standing {
  const { packet, quoted } = walk;
  const now = packet.mark();
  packet.restore(arrived);
  walk.quoted = stage.arrivedQuoted;
  const standing = lookUp(walk, stage);
  packet.restore(now);
  walk.quoted = quoted;
  return standing;
}

/** The device is to know the packet's connection when more of it comes, from either side. */
export function track(walk: Walk): Standing {
  if (walk.stage !== undefined) walk.stage.tracked = true;
  return standingOf(walk);
}

/**
 * The packet begins a connection with this pool member, also where its tuple was known for another:
 * that one ends, its tuples are taken over.
 */
export function begin(walk: Walk, stage: Stage, tuple: Tuple, member: string): void {
  const { standing } = stage;
  if (standing?.kind === 'known') {
    const known = walk.known.findIndex(({ connection }) => connection === standing.connection);
    if (known >= 0) walk.known.splice(known, 1);
  }
  stage.standing = { kind: 'new', tuple };
  stage.tracked = true;
  stage.member = member;
}

function lookUp(walk: Walk, stage: Stage): Standing {
  const { device } = stage;
  const identity = identify(walk, device);
  if (identity === undefined) return APART;
  switch (identity.kind) {
    case 'tuple': {
      if (identity.fragment === 'first') noteFragment(walk, device, identity.tuple);
      return find(walk, device, identity.tuple, false);
    }
    case 'error':
      // It goes the way that answers to the quoted packet go.
      return find(walk, device, reversed(identity.about), true);
    case 'laterFragment': {
      const tuple = walk.connections.fragment(identity.key);
      if (tuple === undefined) return { kind: 'missing', missing: { kind: 'fragment', fragment: identity.key } };
      return find(walk, device, tuple, false);
    }
    default:
      return identity satisfies never;
  }
}

/** Later fragments carry no ports: they are told by the identification of the first. */
function noteFragment(walk: Walk, device: string, tuple: Tuple): void {
  const key = fragmentKey(walk, device);
  if (key !== undefined) walk.fragments.push({ key, tuple });
}

function find(walk: Walk, device: string, tuple: Tuple, isError: boolean): Standing {
  const found = walk.connections.find(device, tuple);
  if (found === undefined) {
    walk.tag(connectionTag(device, tuple));
    return isError || !isUnicast(tuple.dst) || !isUnicast(tuple.src) ? APART : { kind: 'new', tuple };
  }
  const { connection, direction } = found;
  walk.known.push(found);
  walk.tag(connectionTag(device, connection.original));
  if (walk.trace !== undefined) {
    const detail = `${printTuple(connection.original)} is known: ${isError ? 'an error about it' : direction}`;
    walk.step({ kind: 'connection', id: device }, { kind: 'connection', detail });
  }
  return { kind: 'known', connection, direction, isError };
}

/** The packet leaves its device: a followed connection that began here is opened as it leaves. */
export function closeStage(walk: Walk): void {
  const { stage } = walk;
  if (stage?.tracked !== true || stage.standing?.kind !== 'new') return;
  const { device, standing, member } = stage;
  const original = standing.tuple;
  const leaving = leavingTuple(walk, original);
  if (leaving === undefined) return;
  const reply = reversed(leaving);
  if (walk.opening.some((known) => known.device === device && sameTuple(known.reply, reply))) return;
  const opening = { device, original, reply, ...(member === undefined ? undefined : { member }) };
  walk.opening.push(opening);
  // A device follows one connection of these ends: copies that leave by other ports (a flood) belong to
  // it, as all packets after this one will, and are not translated in another way.
  const connection = { ...opening, ingressPort: walk.ingressPort, egressPorts: [] };
  stage.standing = { kind: 'known', connection, direction: 'original', isError: false };
  if (walk.trace !== undefined) {
    const detail = `begins: ${printTuple(original)}, answered by ${printTuple(reply)}`;
    walk.step({ kind: 'connection', id: device }, { kind: 'connection', detail });
  }
}

/** None of a later fragment: it has no ports, and begins nothing where its first began nothing. */
function leavingTuple({ packet }: Walk, original: Tuple): Tuple | undefined {
  const now = packet.ipFrag() === FRAG_LATER ? undefined : tupleNow(packet);
  return now?.proto === original.proto ? now : undefined;
}

/** What a simulation opens, complete only when all its ways out are known. */
export type Opening = Omit<Connection, 'ingressPort' | 'egressPorts'>;
