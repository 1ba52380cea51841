import { formatIp } from '@midonet/packet';
import type { NatAction, NatTarget, Rule, UnplacedRule } from '@midonet/topology';
import { z } from 'zod';
import { ipField } from '../fields.ts';
import { invalid, ok, type Converted } from '../problem.ts';

const FLOW_ACTIONS = ['accept', 'continue', 'return'] as const satisfies readonly NatAction[];
/** Rules that transform may redirect as well. */
const ALL_ACTIONS = [...FLOW_ACTIONS, 'redirect'] as const;
const portField = z.int().min(0).max(0xffff);

/** A range of one address, or of one port, needs its end no second time. Without ports they stay as they are. */
const natTargetField = z
  .object({
    addressFrom: ipField,
    addressTo: ipField.nullish(),
    portFrom: portField.nullish(),
    portTo: portField.nullish(),
  })
  .transform(({ addressFrom, addressTo, portFrom, portTo }): NatTarget => ({
    addressFrom,
    addressTo: addressTo ?? addressFrom,
    portFrom: portFrom ?? 0,
    portTo: portTo ?? portFrom ?? 0,
  }));

/** Members of a rule that translates. Others may carry a `flowAction`, as MidoNet's clients send it with every rule. */
export const natInput = {
  flowAction: z
    .string()
    .transform((text) => text.toLowerCase())
    .pipe(z.enum(ALL_ACTIONS, { error: `must be one of ${ALL_ACTIONS.join(', ')}` }))
    .nullish(),
  natTargets: z.array(natTargetField).max(64).nullish(),
} as const;

const natTargetDto = z.object({
  addressFrom: z.string(),
  addressTo: z.string(),
  portFrom: z.number(),
  portTo: z.number(),
});

export const natDto = {
  flowAction: z.enum(ALL_ACTIONS).nullable(),
  natTargets: z.array(natTargetDto).nullable(),
} as const;

type NatInput = { readonly [K in keyof typeof natInput]?: z.output<(typeof natInput)[K]> };
type NatDto = { [K in keyof typeof natDto]: z.output<(typeof natDto)[K]> };
type Action = { readonly action: NatAction };
type Targets = { readonly targets: readonly NatTarget[] };

/** What `old` says already need not be said again. */
export function natAction(input: NatInput, old: Rule | undefined): Converted<Action> {
  const action = input.flowAction ?? (old !== undefined && 'action' in old ? old.action : undefined);
  if (action !== undefined && action !== 'redirect') return ok({ action });
  return invalid('flowAction', `is required for a NAT rule: one of ${FLOW_ACTIONS.join(', ')}`);
}

export function natTargets(input: NatInput, old: Rule | undefined): Converted<Targets> {
  const targets = input.natTargets ?? (old !== undefined && 'targets' in old ? old.targets : undefined);
  if (targets !== undefined && targets.length > 0) return ok({ targets });
  return invalid('natTargets', 'is required: what the address is translated to, as a list of ranges');
}

export function natToDto(rule: UnplacedRule): NatDto {
  const targets = 'targets' in rule ? rule.targets : undefined;
  return {
    flowAction: 'action' in rule ? rule.action : null,
    natTargets:
      targets?.map(({ addressFrom, addressTo, portFrom, portTo }) => ({
        addressFrom: formatIp(addressFrom),
        addressTo: formatIp(addressTo),
        portFrom,
        portTo,
      })) ?? null,
  };
}
