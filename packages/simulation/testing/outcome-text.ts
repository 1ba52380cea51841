import {
  printMissing,
  printTuple,
  type Connection,
  type Outcome,
  type Proposal,
  type Verdict,
  type VirtualAction,
} from '@midonet/flow';
import { formatIp, formatMac, printFrame, type IpAddress } from '@midonet/packet';

type NameOf = (id: string) => string;

/**
 * An outcome as text with names for ids, a line each: the verdict, then `learn …` for proposals and
 * `answer via PORT: …` for emissions. What scenarios expect and failures show.
 */
export function outcomeLines(outcome: Outcome, nameOf: NameOf): string[] {
  return [
    verdictText(outcome.verdict, nameOf),
    ...copyLines(outcome, nameOf),
    ...outcome.proposals.map((proposal) => `learn ${proposalText(proposal, nameOf)}`),
    ...(outcome.traced ?? []).map(({ requestId, way }) => `traced for ${nameOf(requestId)}: ${way}`),
    ...outcome.opened.map((connection) => `open ${connectionText(connection, nameOf)}`),
    ...(outcome.frame === undefined ? [] : [`instead: ${printFrame(outcome.frame)}`]),
    ...outcome.emissions.map(({ portId, frame }) => `answer via ${nameOf(portId)}: ${printFrame(frame)}`),
  ];
}

/** `copy as it came: …` and `copy lost for MIRROR: …`. */
function copyLines({ copies }: Outcome, nameOf: NameOf): string[] {
  if (copies === undefined) return [];
  const text = (actions: readonly VirtualAction[]): string =>
    actions.map((action) => actionText(action, nameOf)).join(', ');
  return [
    ...(copies.actions.length === 0 ? [] : [`copy: ${text(copies.actions)}`]),
    ...(copies.ofFrame.length === 0 ? [] : [`copy of what goes instead: ${text(copies.ofFrame)}`]),
    ...copies.lost.map(({ mirrorId, why }) => `copy lost for ${nameOf(mirrorId)}: ${why}`),
  ];
}

/** `web > uplink at router: 17 A:1 > B:2 as C:3 to D:4`: the new source, the new destination. */
function connectionText({ device, original, reply, ingressPort, egressPorts }: Connection, nameOf: NameOf): string {
  const translated = [
    ...(reply.dst !== original.src || reply.dstPort !== original.srcPort
      ? [`as ${endText(reply.dst, reply.dstPort)}`]
      : []),
    ...(reply.src !== original.dst || reply.srcPort !== original.dstPort
      ? [`to ${endText(reply.src, reply.srcPort)}`]
      : []),
  ];
  const way = `${ingressPort === undefined ? '' : nameOf(ingressPort)} > ${egressPorts.map(nameOf).join(', ')}`;
  return [`${way} at ${nameOf(device)}: ${printTuple(original)}`, ...translated].join(' ');
}

function endText(ip: IpAddress, port: number): string {
  return `${typeof ip === 'number' ? formatIp(ip) : `[${formatIp(ip)}]`}:${port}`;
}

export function verdictText(verdict: Verdict, nameOf: NameOf): string {
  switch (verdict.kind) {
    case 'forward':
      return `forward: ${verdict.actions.map((action) => actionText(action, nameOf)).join(', ')}`;
    case 'consume':
    case 'drop':
      return `${verdict.kind} ${verdict.reason} by ${verdict.by.kind} ${nameOf(verdict.by.id)}`;
    case 'blocked':
      return `blocked on ${verdict.on.map((missing) => printMissing(missing, nameOf)).join(', ')}`;
    default:
      return verdict satisfies never;
  }
}

function actionText(action: VirtualAction, nameOf: NameOf): string {
  switch (action.kind) {
    case 'set':
      return `${action.field}=${valueText(action.field, action.value)}`;
    case 'decTtl':
      return `ttl-${action.by}`;
    case 'pushVlan':
      return `push vlan ${action.tci}`;
    case 'popVlan':
      return 'pop vlan';
    case 'emit':
      return `emit ${nameOf(action.portId)}`;
    case 'clone':
      return `clone(${action.actions.map((inner) => actionText(inner, nameOf)).join(', ')})`;
    default:
      return action satisfies never;
  }
}

function valueText(field: string, value: number | bigint): string {
  if (field === 'ethSrc' || field === 'ethDst') return formatMac(value as Parameters<typeof formatMac>[0]);
  return field === 'ipSrc' || field === 'ipDst' ? formatIp(value as Parameters<typeof formatIp>[0]) : String(value);
}

function proposalText(proposal: Proposal, nameOf: NameOf): string {
  switch (proposal.kind) {
    case 'learnMac': {
      const vlan = proposal.vlan === 0 ? '' : ` vlan ${proposal.vlan}`;
      return `${formatMac(proposal.mac)}${vlan} at ${nameOf(proposal.portId)}`;
    }
    case 'learnNeighbour':
      return `${formatIp(proposal.ip)} is ${formatMac(proposal.mac)} at ${nameOf(proposal.portId)}`;
    default:
      return proposal satisfies never;
  }
}
