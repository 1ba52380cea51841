import { isIp4, type Cidr, type IpAddress } from '@midonet/packet';
import type { Chain, ChainId, FragmentPolicy, NatAction, Rule, RuleCondition, RuleId, Test } from '@midonet/topology';
import { derivedId } from '../derived-id.ts';

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_IPV6 = 0x86dd;

type Without<R, K extends PropertyKey> = R extends unknown ? Omit<R, K> : never;
export type RuleEffect = Without<Rule, 'kind' | 'id' | 'chainId' | 'order' | 'condition' | 'meter'>;

export type Conditions = Omit<Partial<RuleCondition>, 'invert' | 'fragmentPolicy'> & {
  readonly fragmentPolicy?: FragmentPolicy;
};

export function is<T>(value: T): Test<T> {
  return { value, invert: false };
}

export function not<T>(value: T): Test<T> {
  return { value, invert: true };
}

/** A single address. */
export function host(address: IpAddress): Cidr {
  return withLength(address, isIp4(address) ? 32 : 128);
}

/** Host bits stay, so that it serves as the address of an interface, too. */
export function withLength(address: IpAddress, length: number): Cidr {
  return isIp4(address) ? { address, length } : { address, length };
}

export function conditionOf({ fragmentPolicy, ...tests }: Conditions): RuleCondition {
  const hasPorts = tests.tpSrc !== undefined || tests.tpDst !== undefined;
  return { invert: false, fragmentPolicy: fragmentPolicy ?? (hasPorts ? 'header' : 'any'), ...tests };
}

type Effect = { readonly condition: Conditions } & RuleEffect;
export type NamedRule = readonly [name: string, rule: Effect | undefined];

/** The rules of a chain in this order. Ids follow from the chain's and the name of the rule, so that one can be put between. */
export function rulesOf(chainId: ChainId, rules: readonly NamedRule[]): readonly Rule[] {
  return rules.flatMap(([name, rule], at) =>
    rule === undefined ? [] : [ruleAt(chainId, derivedId<RuleId>(chainId, `rule ${name}`), at + 1, rule)],
  );
}

export function ruleAt(chainId: ChainId, id: RuleId, order: number, { condition, ...effect }: Effect): Rule {
  return { kind: 'rule', id, chainId, order, condition: conditionOf(condition), ...effect };
}

/**
 * The order of a rule whose place among others does not matter, in a chain that many objects have rules
 * in: as different as their ids are.
 */
export function anyOrder(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16) + 1;
}

export function chainOf(id: ChainId, tenantId: string, name: string): Chain {
  return { kind: 'chain', id, tenantId, name: name.slice(0, 255) };
}

export function natTo(
  type: 'snat' | 'dnat',
  address: IpAddress,
  ports: readonly [from: number, to: number],
  action: NatAction = 'accept',
): Extract<RuleEffect, { readonly targets: unknown }> {
  const [portFrom, portTo] = ports;
  return { type, targets: [{ addressFrom: address, addressTo: address, portFrom, portTo }], action };
}

/** Addresses change, ports stay. */
export const STATIC: readonly [number, number] = [0, 0];
/** Those that dynamic translation takes. */
export const DYNAMIC: readonly [number, number] = [1024, 65535];
