import { formatIp, formatMac } from '@midonet/packet';
import type { FlowAction, Rewrite } from './actions.ts';
import { CONSUME_REASONS, DROP_REASONS } from './reasons.ts';
import type { Missing, ObjectRef, Verdict, VirtualAction } from './verdict.ts';

/** One action of a flow or of a verdict, e.g. `set ethDst 02:00:00:00:00:01`. */
export function printAction(action: FlowAction | VirtualAction): string {
  switch (action.kind) {
    case 'set':
    case 'decTtl':
    case 'pushVlan':
    case 'popVlan':
      return printRewrite(action);
    case 'output':
      return `output ${action.port}`;
    case 'emit':
      return `emit ${action.portId}`;
    case 'tunnel':
      return `tunnel to ${formatIp(action.peer)} key ${action.key}`;
    case 'clone':
      return `clone(${printActions(action.actions)})`;
    case 'sample':
      return `sample 1 in ${action.oneIn} as ${action.cookie}`;
    case 'meter':
      return `meter ${action.meter}`;
    case 'conntrack':
      return `conntrack zone ${action.zone}${action.commit ? ' commit' : ''}`;
    case 'userspace':
      return `userspace ${action.reason}`;
    default:
      return action satisfies never;
  }
}

function printRewrite(action: Rewrite): string {
  switch (action.kind) {
    case 'set':
      return `set ${action.field} ${printValue(action)}`;
    case 'decTtl':
      return `ttl -${action.by}`;
    case 'pushVlan':
      return `push vlan ${action.tci & 0xfff}${action.tci >>> 13 > 0 ? ` pcp ${action.tci >>> 13}` : ''}`;
    case 'popVlan':
      return 'pop vlan';
    default:
      return action satisfies never;
  }
}

function printValue(action: Extract<Rewrite, { kind: 'set' }>): string {
  switch (action.field) {
    case 'ethSrc':
    case 'ethDst':
      return formatMac(action.value);
    case 'ipSrc':
    case 'ipDst':
      return formatIp(action.value);
    case 'ipTos':
    case 'l4Src':
    case 'l4Dst':
    case 'icmpId':
      return String(action.value);
    default:
      return action satisfies never;
  }
}

/** A whole list on one line; an empty list drops. */
export function printActions(actions: readonly (FlowAction | VirtualAction)[]): string {
  return actions.map(printAction).join(', ') || 'drop';
}

/** How a packet ended, with the reason as a sentence. */
export function printVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'forward':
      return `forward: ${printActions(verdict.actions)}`;
    case 'consume':
      return `consumed by ${printRef(verdict.by)}: ${CONSUME_REASONS[verdict.reason]} (${verdict.reason})`;
    case 'drop':
      return `dropped by ${printRef(verdict.by)}: ${DROP_REASONS[verdict.reason]} (${verdict.reason})`;
    case 'blocked':
      return `waits for ${verdict.on.map((missing) => printMissing(missing)).join(', ')}`;
    default:
      return verdict satisfies never;
  }
}

export function printRef(ref: ObjectRef & { readonly name?: string }): string {
  return `${ref.kind} ${ref.name ?? ref.id}`;
}

/** `nameOf`: what objects are called, by their ids. */
export function printMissing(missing: Missing, nameOf: (id: string) => string = (id) => id): string {
  switch (missing.kind) {
    case 'port':
    case 'bridge':
    case 'router':
    case 'chain':
    case 'portGroup':
    case 'ipAddrGroup':
    case 'balancer':
    case 'qosPolicy':
    case 'mirror':
      return `${missing.kind} ${nameOf(missing.id)}`;
    case 'macTable':
      return `MAC table of bridge ${nameOf(missing.bridgeId)}`;
    case 'neighbourTable':
      return `neighbours of router ${nameOf(missing.routerId)}`;
    case 'neighbour':
      return `the MAC of ${formatIp(missing.ip)} on port ${nameOf(missing.portId)}`;
    case 'natPorts':
      return `a block of ports of ${formatIp(missing.address)} for ${nameOf(missing.deviceId)}`;
    case 'fragment':
      return `the first fragment of packet ${missing.fragment.id}`;
    default:
      return missing satisfies never;
  }
}
