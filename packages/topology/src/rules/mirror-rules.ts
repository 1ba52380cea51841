import type { Bridge, Port, Router } from '../entities.ts';
import type { MirrorId } from '../ids.ts';
import { indexKey } from '../keys.ts';
import { MIRROR_PLACES, type Mirror, type MirrorPlace, type PortMirrored } from '../mirror-entities.ts';
import { failing } from './failing.ts';
import { refused, type Refused, type Violation, type WriteList } from './plan.ts';
import type { ReadRecorder } from './read-recorder.ts';
import { conditionViolations } from './rule-members.ts';
import { checkCondition } from './rule-references.ts';

type Read = ReadRecorder<number>;
type Shown = Bridge | Router | Port;

/** Each is asked about each packet. */
const MAX_CONDITIONS = 64;
/** Each may be one more copy of each packet. */
const MAX_AT_A_PLACE = 8;

export function mirrorViolations({ conditions }: Mirror): readonly Violation[] {
  return [
    ...failing([conditions.length > MAX_CONDITIONS, 'conditions', `must be at most ${MAX_CONDITIONS}`]),
    ...conditions.flatMap((condition, i) =>
      conditionViolations(condition).map(({ property, message }) => ({
        property: `conditions.${i}.${property}`,
        message,
      })),
    ),
  ];
}

/** The mirrors that `entity` shows its packets to, by where. */
export function mirrorsOf(entity: Shown): readonly (readonly [MirrorPlace, readonly MirrorId[]])[] {
  // Bridges and routers have two of the four places.
  const shown: PortMirrored = entity;
  return MIRROR_PLACES.flatMap((place) => {
    const ids = shown[place];
    return ids === undefined ? [] : [[place, ids] as const];
  });
}

export function mirroredViolations(entity: Shown): readonly Violation[] {
  return mirrorsOf(entity).flatMap(([place, ids]) =>
    failing(
      [ids.length > MAX_AT_A_PLACE, place, `must be at most ${MAX_AT_A_PLACE} mirrors`],
      [new Set(ids).size < ids.length, place, 'names a mirror twice'],
    ),
  );
}

/** Mirrors that are named now and were not before must be there. */
export async function checkMirrors(before: Shown | undefined, after: Shown, read: Read): Promise<Refused | undefined> {
  const had = new Map(before === undefined ? [] : mirrorsOf(before));
  for (const [place, ids] of mirrorsOf(after)) {
    for (const id of ids) {
      if (had.get(place)?.includes(id) === true || (await read.exists(`mirror/${id}`))) continue;
      return refused('invalid', place, `no mirror ${id}`);
    }
  }
  return undefined;
}

/** Its port must be there, and what its conditions newly name. */
export async function checkMirror(before: Mirror | undefined, after: Mirror, read: Read): Promise<Refused | undefined> {
  if (after.toPortId !== before?.toPortId && !(await read.exists(`port/${after.toPortId}`))) {
    return refused('invalid', 'toPortId', `no port ${after.toPortId}`);
  }
  for (const [i, condition] of after.conditions.entries()) {
    const refusal = await checkCondition(before?.conditions ?? [], condition, read);
    if (refusal !== undefined) return within(refusal, `conditions.${i}`);
  }
  return undefined;
}

function within(refusal: Refused, path: string): Refused {
  const violations = refusal.violations.map((one) => ({ ...one, property: `${path}.${one.property}` }));
  return { ...refusal, violations };
}

/** Deletes a mirror; devices and ports show their packets to it no more. */
export async function deleteMirror(mirror: Mirror, read: Read, list: WriteList): Promise<undefined> {
  await deleteMirrors([mirror], new Set(), read, list);
  return undefined;
}

/**
 * Deletes the mirrors that copy to these ports, which go, with the device in `going` (by key). Whoever
 * writes the far ends of the ports' links takes the mirrors that this gives off them.
 */
export async function deleteMirrorsTo(
  ports: readonly Port[],
  going: readonly string[],
  read: Read,
  list: WriteList,
): Promise<ReadonlySet<MirrorId>> {
  const written = [...ports.map(({ id }) => id), ...ports.flatMap(({ peerId }) => peerId ?? [])];
  const mirrors: Mirror[] = [];
  for (const port of ports) {
    for (const id of await read.below(indexKey('port', port.id, 'mirror', ''))) {
      const mirror = await read.get('mirror', id);
      if (mirror !== undefined) mirrors.push(mirror);
    }
  }
  return deleteMirrors(mirrors, new Set([...going, ...written.map((id) => `port/${id}`)]), read, list);
}

/** A user of several of them loses all at once: a plan writes a key once. Passes over what others write. */
async function deleteMirrors(
  mirrors: readonly Mirror[],
  others: ReadonlySet<string>,
  read: Read,
  list: WriteList,
): Promise<ReadonlySet<MirrorId>> {
  const gone = new Set(mirrors.map(({ id }) => id));
  const users = new Map<string, Shown>();
  for (const mirror of mirrors) {
    for (const kind of ['bridge', 'router', 'port'] as const) {
      for (const id of await read.below(indexKey('mirror', mirror.id, kind, ''))) {
        const user = others.has(`${kind}/${id}`) ? undefined : await read.get(kind, id);
        if (user !== undefined) users.set(`${kind}/${id}`, user);
      }
    }
    list.remove(mirror);
  }
  for (const user of users.values()) list.update(user, withoutMirrors(user, gone));
  return gone;
}

/** The same without these mirrors. */
export function withoutMirrors<E extends Shown>(entity: E, gone: ReadonlySet<MirrorId>): E {
  const cleared = { ...entity };
  for (const [place, ids] of mirrorsOf(entity)) {
    const left = ids.filter((id) => !gone.has(id));
    Reflect.set(cleared, place, left.length === 0 ? undefined : left);
  }
  return cleared;
}
