import type { BridgeId, ChainId, NatAction, PortId, RouterId } from '@midonet/topology';
import { HOST_MACS, ROUTER_MACS, SOME_IPS, SOME_IPS6, type Random } from './random-network.ts';
import type { ConditionText, RuleText } from './rule-literals.ts';
import type { VirtualNetwork } from './virtual-network.ts';

const NETWORKS = ['0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/24', '10.0.0.2/31', '10.0.0.1/32', '192.0.2.0/25'];
const NETWORKS6 = ['::/0', 'fd00::/16', 'fd00::/127', 'fd00::2/128', '2001:db8::/33'];
const TARGETS = [
  ['192.0.2.1:1024-1090'],
  ['10.1.0.2:1024-65535', '10.0.0.3:1-1023'],
  ['10.0.0.3:80'],
  ['10.0.0.2'],
  ['10.0.0.1-10.0.0.3'],
  ['[fd00::3]:1024-1090'],
  ['[fd00:1::2]'],
];
const MASKS = ['ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:00:00', '01:00:00:00:00:00', '00:00:00:00:00:01'];

type NatText =
  | { readonly do: 'snat' | 'dnat'; readonly to: readonly string[]; readonly then: NatAction }
  | { readonly do: 'revSnat' | 'revDnat'; readonly then: NatAction };

type Tags = { readonly pop: boolean; readonly push?: number };
type TagRuleText =
  | (Tags & { readonly do: 'l2Transform'; readonly then: NatAction })
  | (Tags & { readonly do: 'redirect'; readonly to: PortId; readonly into: boolean; readonly failOpen: boolean });

/** What random rules may name. */
export type Nameable = {
  readonly ports: readonly PortId[];
  readonly devices: readonly (BridgeId | RouterId)[];
};

/** Chains full of random rules, some of them jumps to earlier chains, on random hooks. */
export function addRandomFilters(net: VirtualNetwork, random: Random, { ports, devices }: Nameable): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const few = <T>(items: readonly T[]): T[] => items.filter(() => random() < 0.4);
  const portGroups = [net.portGroup('group0', ...few(ports)), net.portGroup('group1', ...few(ports))];
  const addressGroups = [
    net.ipAddrGroup('addresses0', ...few(SOME_IPS), ...few(SOME_IPS6)),
    net.ipAddrGroup('addresses1', ...few(SOME_IPS)),
  ];
  const some = (): ConditionText =>
    randomCondition(random, { ports, portGroups, addressGroups, devices: [...devices, ...ports] });
  const translation = (): NatText => {
    const then = pick(['accept', 'continue', 'return'] as const);
    const kind = pick(['snat', 'dnat', 'revSnat', 'revDnat'] as const);
    return kind === 'snat' || kind === 'dnat' ? { do: kind, to: pick(TARGETS), then } : { do: kind, then };
  };
  const transformation = (): TagRuleText => {
    const tags = { pop: random() < 0.5, ...(random() < 0.5 ? { push: pick([1, 2, 7]) } : undefined) };
    if (random() < 0.5) return { do: 'l2Transform', ...tags, then: pick(['accept', 'continue', 'return'] as const) };
    return { do: 'redirect', ...tags, to: pick(ports), into: random() < 0.5, failOpen: random() < 0.5 };
  };
  const request = net.trace('by-rules', pick(devices), { invert: true });
  const chains: ChainId[] = [];
  for (let i = 0; i < 4; i++) {
    // Now and then so many that they are told apart by a classifier.
    const length = Math.floor(random() * (random() < 0.1 ? 40 : 5));
    const rules = Array.from({ length }, (): RuleText => {
      const target = random() < 0.25 && chains.length > 0 ? pick(chains) : undefined;
      if (target !== undefined) return { ...some(), do: 'jump', to: target };
      if (random() < 0.25) return { ...some(), ...translation() };
      if (random() < 0.15) return { ...some(), ...transformation() };
      if (random() < 0.1) return { ...some(), do: 'trace', to: request };
      return { ...some(), do: pick(['accept', 'accept', 'drop', 'reject', 'return'] as const) };
    });
    chains.push(net.chain(`chain${i}`, ...rules));
  }
  const hook = (): ChainId | undefined => (random() < 0.3 ? pick(chains) : undefined);
  for (const id of [...devices, ...ports]) net.filter(id, { inboundFilterId: hook(), outboundFilterId: hook() });
  for (const id of devices) {
    if (net.topology.router(id as RouterId) === undefined) continue;
    net.filter(id, { forwardChainId: hook(), localRedirectChainId: hook() });
  }
}

type Groups = {
  readonly ports: readonly PortId[];
  readonly devices: readonly (BridgeId | RouterId | PortId)[];
  readonly portGroups: readonly NonNullable<ConditionText['portGroup']>[];
  readonly addressGroups: readonly NonNullable<ConditionText['ipAddrGroupSrc']>[];
};

/** One to three tests, each inverted now and then. */
export function randomCondition(random: Random, of: Groups): ConditionText {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const range = (values: readonly number[]): number | readonly [number, number] =>
    random() < 0.5 ? pick(values) : [pick(values), 0xffff];
  const masked = (): string => `${pick([...HOST_MACS, ...ROUTER_MACS])}/${pick(MASKS)}`;
  const network = (): string => pick(random() < 0.6 ? NETWORKS : NETWORKS6);
  const tests: Record<string, () => ConditionText> = {
    inPorts: () => ({ inPorts: [pick(of.ports), pick(of.ports)] }),
    outPorts: () => ({ outPorts: [pick(of.ports), pick(of.ports)] }),
    portGroup: () => ({ portGroup: pick(of.portGroups) }),
    inPortGroup: () => ({ inPortGroup: pick(of.portGroups) }),
    outPortGroup: () => ({ outPortGroup: pick(of.portGroups) }),
    traversedDevice: () => ({ traversedDevice: pick(of.devices) }),
    noVlan: () => ({ noVlan: true }),
    vlan: () => ({ vlan: pick([0, 1, 2]) }),
    dlType: () => ({ dlType: pick([0x0800, 0x0806, 0x86dd]) }),
    dlSrc: () => ({ dlSrc: masked() }),
    dlDst: () => ({ dlDst: masked() }),
    nwTos: () => ({ nwTos: pick([0, 4]) }),
    nwProto: () => ({ nwProto: pick([1, 6, 17, 58]) }),
    nwSrc: () => ({ nwSrc: network() }),
    nwDst: () => ({ nwDst: network() }),
    ipAddrGroupSrc: () => ({ ipAddrGroupSrc: pick(of.addressGroups) }),
    ipAddrGroupDst: () => ({ ipAddrGroupDst: pick(of.addressGroups) }),
    tpSrc: () => ({ tpSrc: range([0, 1, 2, 8]) }),
    tpDst: () => ({ tpDst: range([0, 1, 53, 80]) }),
    icmpDataSrc: () => ({ icmpDataSrc: network() }),
    nwDstRewritten: () => ({ nwDstRewritten: true }),
    connection: () => ({ connection: pick(['forward', 'return'] as const) }),
  };
  const names = Array.from({ length: 1 + Math.floor(random() * 3) }, () => pick(Object.keys(tests)));
  return {
    ...names.reduce<ConditionText>((all, name) => ({ ...all, ...tests[name]?.() }), {}),
    not: names.filter(() => random() < 0.3) as NonNullable<ConditionText['not']>,
    invert: random() < 0.15,
    ...(random() < 0.2 ? { fragmentPolicy: pick(['any', 'nonheader', 'header', 'unfragmented'] as const) } : undefined),
  };
}
