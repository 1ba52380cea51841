import {
  MIRROR_PLACES,
  type Mirror,
  type MirrorId,
  type Mirrored,
  type PortId,
  type PortMirrored,
} from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { ok, type Converted } from '../problem.ts';
import { conditionDto, conditionInput } from './condition.ts';
import { conditionToDto, newCondition } from './condition-conversion.ts';

export const mirrorInput = z.object({
  id: idField<MirrorId>().nullish(),
  /** An extension; MidoNet's mirrors have no name. */
  name: textField.nullish(),
  toPortId: idField<PortId>(),
  /** One must hold. When they are given, the mirror has exactly these then; with none it copies nothing. */
  conditions: z.array(conditionInput).max(64).nullish(),
});
export const mirrorUpdate = mirrorInput.extend({ toPortId: idField<PortId>().nullish() });
export type MirrorInput = z.output<typeof mirrorInput>;
export type MirrorUpdate = z.output<typeof mirrorUpdate>;

const ids = z.array(z.string());

/** Who shows packets to a mirror, and where. A network is a bridge, as MidoNet has it here. */
export const mirrorUsers = z.object({
  networkInboundIds: ids,
  networkOutboundIds: ids,
  routerInboundIds: ids,
  routerOutboundIds: ids,
  portInboundIds: ids,
  portOutboundIds: ids,
  portPostInFilterIds: ids,
  portPreOutFilterIds: ids,
});
export type MirrorUsers = z.output<typeof mirrorUsers>;

export const mirrorDto = mirrorUsers.extend({
  id: z.string(),
  uri: z.string(),
  name: z.string().nullable(),
  toPortId: z.string(),
  toPort: z.string(),
  conditions: z.array(conditionDto),
});
export type MirrorDto = z.output<typeof mirrorDto>;

export function newMirror(input: MirrorInput, newId: () => MirrorId): Converted<Mirror> {
  const conditions = conditionsOf(input, []);
  if (conditions.kind === 'invalid') return conditions;
  const { name, toPortId } = input;
  return ok({ kind: 'mirror', id: input.id ?? newId(), name: name ?? '', toPortId, conditions: conditions.value });
}

/** What is absent or null stays as it was. */
export function updateMirror(old: Mirror, input: MirrorUpdate): Converted<Mirror> {
  const conditions = conditionsOf(input, old.conditions);
  if (conditions.kind === 'invalid') return conditions;
  const { name, toPortId } = input;
  return ok({ ...old, name: name ?? old.name, toPortId: toPortId ?? old.toPortId, conditions: conditions.value });
}

function conditionsOf(input: MirrorUpdate, old: Mirror['conditions']): Converted<Mirror['conditions']> {
  if (input.conditions === null || input.conditions === undefined) return ok(old);
  const conditions: Mirror['conditions'][number][] = [];
  for (const [i, one] of input.conditions.entries()) {
    const converted = newCondition(one);
    if (converted.kind === 'invalid') {
      const violations = converted.violations.map((each) => ({
        ...each,
        property: `conditions.${i}.${each.property}`,
      }));
      return { kind: 'invalid', violations };
    }
    conditions.push(converted.value);
  }
  return ok(conditions);
}

export function mirrorToDto(mirror: Mirror, users: MirrorUsers, base: Base): MirrorDto {
  const { id, name, toPortId } = mirror;
  return {
    id,
    uri: link(base, 'mirrors', id),
    name,
    toPortId,
    toPort: link(base, 'ports', toPortId),
    conditions: mirror.conditions.map(conditionToDto),
    ...users,
  };
}

const idsInput = z.array(idField<MirrorId>()).nullish();

/** The mirrors of a bridge or router, in what clients send. */
export const mirroredInput = { inboundMirrorIds: idsInput, outboundMirrorIds: idsInput } as const;
export const portMirroredInput = {
  ...mirroredInput,
  postInFilterMirrorIds: idsInput,
  preOutFilterMirrorIds: idsInput,
} as const;

export const mirroredDto = { inboundMirrorIds: ids, outboundMirrorIds: ids } as const;
export const portMirroredDto = { ...mirroredDto, postInFilterMirrorIds: ids, preOutFilterMirrorIds: ids } as const;

type Given = { readonly [K in keyof PortMirrored]?: readonly MirrorId[] | null | undefined };

/** Absent keeps; null and an empty list take all off. */
export function mirroredOf(input: Given, old: PortMirrored = {}): PortMirrored {
  const result: { -readonly [K in keyof PortMirrored]: PortMirrored[K] } = {};
  for (const place of MIRROR_PLACES) {
    const given = input[place];
    const wanted = given === undefined ? old[place] : (given ?? undefined);
    if (wanted !== undefined && wanted.length > 0) result[place] = wanted;
    else if (old[place] !== undefined) result[place] = undefined;
  }
  return result;
}

export function mirroredToDto({ inboundMirrorIds, outboundMirrorIds }: Mirrored) {
  return { inboundMirrorIds: [...(inboundMirrorIds ?? [])], outboundMirrorIds: [...(outboundMirrorIds ?? [])] };
}

export function portMirroredToDto(port: PortMirrored) {
  const { postInFilterMirrorIds, preOutFilterMirrorIds } = port;
  return {
    ...mirroredToDto(port),
    postInFilterMirrorIds: [...(postInFilterMirrorIds ?? [])],
    preOutFilterMirrorIds: [...(preOutFilterMirrorIds ?? [])],
  };
}
