import type {
  BridgeId,
  ChainId,
  FragmentPolicy,
  IpAddrGroupId,
  NatAction,
  NatTarget,
  PortGroupId,
  PortId,
  RouterId,
  Rule,
  RuleCondition,
  RuleId,
  Test,
  TraceRequestId,
} from '@midonet/topology';
import { cidr, ip, mac } from './literals.ts';

/** A condition as tests write it: addresses as text, one number for a range of one, inverted tests named in `not`. */
export type ConditionText = {
  readonly invert?: boolean;
  readonly fragmentPolicy?: FragmentPolicy;
  readonly inPorts?: readonly PortId[];
  readonly outPorts?: readonly PortId[];
  readonly portGroup?: PortGroupId;
  readonly inPortGroup?: PortGroupId;
  readonly outPortGroup?: PortGroupId;
  readonly traversedDevice?: BridgeId | RouterId | PortId;
  readonly noVlan?: true;
  readonly vlan?: number;
  readonly dlType?: number;
  /** `MAC` or `MAC/mask`. */
  readonly dlSrc?: string;
  readonly dlDst?: string;
  readonly nwTos?: number;
  readonly nwProto?: number;
  readonly nwSrc?: string;
  readonly nwDst?: string;
  readonly ipAddrGroupSrc?: IpAddrGroupId;
  readonly ipAddrGroupDst?: IpAddrGroupId;
  readonly tpSrc?: number | readonly [number, number];
  readonly tpDst?: number | readonly [number, number];
  readonly icmpDataSrc?: string;
  readonly icmpDataDst?: string;
  readonly connection?: 'forward' | 'return';
  readonly nwDstRewritten?: true;
  readonly not?: readonly (keyof RuleCondition)[];
};

export type RuleText =
  | (ConditionText & { readonly do: 'accept' | 'drop' | 'reject' | 'return' })
  | (ConditionText & { readonly do: 'jump'; readonly to: ChainId })
  /** `to`: `ADDRESS`, `ADDRESS-ADDRESS`, with `:PORT` or `:PORT-PORT`; IPv6 in brackets. */
  | (ConditionText & { readonly do: 'snat' | 'dnat'; readonly to: readonly string[]; readonly then?: NatAction })
  | (ConditionText & { readonly do: 'revSnat' | 'revDnat'; readonly then?: NatAction })
  | (ConditionText & TagText & { readonly do: 'l2Transform'; readonly then?: NatAction })
  | (ConditionText &
      TagText & {
        readonly do: 'redirect';
        readonly to: PortId;
        readonly into?: boolean;
        readonly failOpen?: boolean;
      })
  /** `off`: its request is not enabled. */
  | (ConditionText & {
      readonly do: 'trace';
      readonly to: TraceRequestId;
      readonly limit?: number;
      readonly off?: true;
    });

type TagText = { readonly pop?: boolean; readonly push?: number };

export function ruleOf(id: RuleId, chainId: ChainId, order: number, text: RuleText): Rule {
  const common = { kind: 'rule', id, chainId, order, condition: conditionOf(text) } as const;
  switch (text.do) {
    case 'jump':
      return { ...common, type: 'jump', jumpChainId: text.to };
    case 'snat':
    case 'dnat':
      return { ...common, type: text.do, targets: text.to.map(natTarget), action: text.then ?? 'accept' };
    case 'revSnat':
    case 'revDnat':
      return { ...common, type: text.do, action: text.then ?? 'accept' };
    case 'l2Transform':
      return { ...common, ...tagsOf(text), action: text.then ?? 'accept' };
    case 'redirect': {
      const { to, into = false, failOpen = false } = text;
      return { ...common, ...tagsOf(text), action: 'redirect', targetPortId: to, ingress: into, failOpen };
    }
    case 'trace': {
      const traced = { ...common, type: 'trace', requestId: text.to, limit: text.limit ?? 10 } as const;
      return text.off === true ? traced : { ...traced, active: { limit: 10, since: 0 } };
    }
    default:
      return { ...common, type: text.do };
  }
}

function tagsOf({ pop = false, push }: TagText): { type: 'l2Transform'; popVlan: boolean; pushVlan?: number } {
  return { type: 'l2Transform', popVlan: pop, ...(push === undefined ? {} : { pushVlan: push }) };
}

function natTarget(text: string): NatTarget {
  const [, bracketed, plain, ports = '0'] = /^(?:\[([^\]]+)\]|([^:]+))(?::([\d-]+))?$/.exec(text) ?? [];
  const [addressFrom = '', addressTo = addressFrom] = (bracketed ?? plain ?? '').split('-');
  const [portFrom = '0', portTo = portFrom] = ports.split('-');
  return { addressFrom: ip(addressFrom), addressTo: ip(addressTo), portFrom: Number(portFrom), portTo: Number(portTo) };
}

export function conditionOf(text: ConditionText): RuleCondition {
  const not = new Set(text.not);
  const test = <V, T>(name: keyof RuleCondition, value: V | undefined, of: (value: V) => T): Test<T> | undefined =>
    value === undefined ? undefined : { value: of(value), invert: not.has(name) };
  const same = <V>(name: keyof RuleCondition, value: V | undefined) => test(name, value, (one) => one);
  const hasPorts = text.tpSrc !== undefined || text.tpDst !== undefined;
  return {
    invert: text.invert ?? false,
    fragmentPolicy: text.fragmentPolicy ?? (hasPorts ? 'header' : 'any'),
    inPorts: same('inPorts', text.inPorts),
    outPorts: same('outPorts', text.outPorts),
    portGroup: same('portGroup', text.portGroup),
    inPortGroup: same('inPortGroup', text.inPortGroup),
    outPortGroup: same('outPortGroup', text.outPortGroup),
    traversedDevice: same('traversedDevice', text.traversedDevice),
    noVlan: text.noVlan,
    vlan: text.vlan,
    dlType: same('dlType', text.dlType),
    dlSrc: test('dlSrc', text.dlSrc, maskedMac),
    dlDst: test('dlDst', text.dlDst, maskedMac),
    nwTos: same('nwTos', text.nwTos),
    nwProto: same('nwProto', text.nwProto),
    nwSrc: test('nwSrc', text.nwSrc, cidr),
    nwDst: test('nwDst', text.nwDst, cidr),
    ipAddrGroupSrc: same('ipAddrGroupSrc', text.ipAddrGroupSrc),
    ipAddrGroupDst: same('ipAddrGroupDst', text.ipAddrGroupDst),
    tpSrc: test('tpSrc', text.tpSrc, range),
    tpDst: test('tpDst', text.tpDst, range),
    icmpDataSrc: test('icmpDataSrc', text.icmpDataSrc, cidr),
    icmpDataDst: test('icmpDataDst', text.icmpDataDst, cidr),
    connection: text.connection,
    nwDstRewritten: text.nwDstRewritten,
  };
}

function range(value: number | readonly [number, number]): { start: number; end: number } {
  return typeof value === 'number' ? { start: value, end: value } : { start: value[0], end: value[1] };
}

function maskedMac(text: string): { address: ReturnType<typeof mac>; mask: ReturnType<typeof mac> } {
  const [address = '', mask = 'ff:ff:ff:ff:ff:ff'] = text.split('/');
  return { address: mac(address), mask: mac(mask) };
}
