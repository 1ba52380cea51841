import type { L2Transform, PortId, Rule, UnplacedRule } from '@midonet/topology';
import { z } from 'zod';
import { idField, vlanField } from '../fields.ts';
import { invalid, ok, type Converted } from '../problem.ts';

/** Members of a rule that changes tags or redirects. */
export const transformInput = {
  popVlan: z.boolean().nullish(),
  /** 0: no tag is put on. */
  pushVlan: vlanField.nullish(),
  targetPortId: idField<PortId>().nullish(),
  ingress: z.boolean().nullish(),
  failOpen: z.boolean().nullish(),
} as const;

export const transformDto = {
  popVlan: z.boolean(),
  pushVlan: z.number(),
  targetPortId: z.string().nullable(),
  ingress: z.boolean(),
  failOpen: z.boolean(),
} as const;

type TransformInput = { readonly [K in keyof typeof transformInput]?: z.output<(typeof transformInput)[K]> } & {
  readonly flowAction?: 'accept' | 'continue' | 'return' | 'redirect' | null | undefined;
};
type TransformDto = { [K in keyof typeof transformDto]: z.output<(typeof transformDto)[K]> };
const MEMBERS = Object.keys(transformInput) as (keyof typeof transformInput)[]; // just these keys

/** What `old` says already need not be said again. */
export function transformOf(input: TransformInput, old: Rule | undefined): Converted<L2Transform> {
  const had = old?.type === 'l2Transform' ? old : undefined;
  const to = had?.action === 'redirect' ? had : undefined;
  const pushed = input.pushVlan ?? had?.pushVlan ?? 0;
  const tags = {
    type: 'l2Transform',
    popVlan: input.popVlan ?? had?.popVlan ?? false,
    ...(pushed === 0 ? {} : { pushVlan: pushed }),
  } as const;
  const action = input.flowAction ?? had?.action;
  if (action === undefined) {
    return invalid('flowAction', 'is required for an l2_transform rule: accept, continue, return or redirect');
  }
  if (action !== 'redirect') {
    // What a redirection had is of no use behind it.
    const given = to === undefined && isThere(input.targetPortId);
    if (given) return invalid('targetPortId', 'cannot be set: only with flowAction redirect packets go to a port');
    return ok({ ...tags, action });
  }
  const targetPortId = input.targetPortId ?? to?.targetPortId;
  if (targetPortId === undefined) return invalid('targetPortId', 'is required with flowAction redirect');
  const ingress = input.ingress ?? to?.ingress ?? false;
  return ok({ ...tags, action, targetPortId, ingress, failOpen: input.failOpen ?? to?.failOpen ?? false });
}

/** Other rules have none of it; false, 0 and null say nothing, as clients write back whole objects. */
export function noTransform(input: TransformInput): Converted<never> | undefined {
  const given = MEMBERS.find((member) => isThere(input[member]));
  return given === undefined ? undefined : invalid(given, 'cannot be set: only l2_transform rules have it');
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0;
}

export function transformToDto(rule: UnplacedRule): TransformDto {
  const transform = rule.type === 'l2Transform' ? rule : undefined;
  const to = transform?.action === 'redirect' ? transform : undefined;
  return {
    popVlan: transform?.popVlan ?? false,
    pushVlan: transform?.pushVlan ?? 0,
    targetPortId: to?.targetPortId ?? null,
    ingress: to?.ingress ?? false,
    failOpen: to?.failOpen ?? false,
  };
}
