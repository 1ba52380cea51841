import {
  cidrContains,
  DHCP6_MESSAGE,
  DHCP6_OPTION,
  DHCP6_STATUS,
  dhcp6,
  dhcp6MessageType,
  findDhcp6Option,
  type Dhcp6,
  type Dhcp6Option,
} from '@midonet/packet';
import type { BridgeDevice } from '@midonet/topology';
import { encodeOption6, option6Spec } from './option6.ts';
import { nameServers6, type Dhcp6Lease } from './dhcp6-lease.ts';

/** The DUID all DHCPv6 servers of bridges share: type link-layer (RFC 8415 11.4), Ethernet, DHCP_SERVER_MAC. */
export const SERVER_DUID = Uint8Array.of(0, 3, 0, 1, 0x02, 0x44, 0x48, 0x43, 0x50, 0x01);

/** Identity associations for temporary addresses and for prefixes (RFC 8415 21.5, 21.21). */
const IA_TA = 4;
const IA_PD = 25;

const VALID_SECONDS = 86_400;
/** Of the preferred lifetime, RFC 8415 21.4 recommends a half and four fifths. */
const TIMES = { renew: VALID_SECONDS / 2, rebind: (VALID_SECONDS * 4) / 5 } as const;

type IaNa = Extract<Dhcp6Option, { kind: 'iaNa' }>;

/**
 * The answer to a client's message (RFC 8415 18.3); undefined for messages that a server must discard
 * (16.2 to 16.14): for another server, without who sent it, or not a client's.
 */
export function dhcp6Reply(lease: Dhcp6Lease, request: Dhcp6): Dhcp6 | undefined {
  const { options } = request;
  const type = dhcp6MessageType(request);
  const client = findDhcp6Option(options, 'clientId');
  const server = findDhcp6Option(options, 'serverId');
  if (server !== undefined && !isOurs(server.value)) return undefined;
  if (client === undefined && type !== 'informationRequest') return undefined;
  const answer = (extra: readonly Dhcp6Option[], as?: number): Dhcp6 => answerTo(request, extra, as);
  switch (type) {
    case 'solicit': {
      if (server !== undefined) return undefined;
      const rapid = findDhcp6Option(options, 'rapidCommit');
      const granted = granting(lease, request);
      return rapid === undefined ? answer(granted, DHCP6_MESSAGE.advertise) : answer([rapid, ...granted]);
    }
    case 'request':
    case 'renew':
      return server === undefined ? undefined : answer(granting(lease, request));
    case 'rebind':
      return server === undefined ? answer(granting(lease, request)) : undefined;
    case 'confirm':
      return server === undefined ? confirmed(lease, request, answer) : undefined;
    case 'release':
    case 'decline':
      // Addresses are configured: there is nothing to take back.
      return server === undefined ? undefined : answer([status(DHCP6_STATUS.success)]);
    case 'informationRequest':
      return associations(request).length > 0 ? undefined : answer(configuration(lease, request));
    case 'advertise':
    case 'reply':
    case 'reconfigure':
    case undefined:
      return undefined;
  }
}

/** RFC 8415 18.3.6, for who has no lease: it got its address in another way, and asks for the rest. */
export function statelessReply({ dhcp6: subnets }: BridgeDevice, request: Dhcp6): Dhcp6 | undefined {
  const server = findDhcp6Option(request.options, 'serverId');
  if (dhcp6MessageType(request) !== 'informationRequest' || associations(request).length > 0) return undefined;
  if (server !== undefined && !isOurs(server.value)) return undefined;
  const servers = subnets.flatMap(({ subnet }) => nameServers6(subnet));
  if (servers.length === 0) return undefined;
  return answerTo(request, wanted(request, [{ kind: 'dnsServers', value: servers }]));
}

function answerTo(request: Dhcp6, extra: readonly Dhcp6Option[], as: number = DHCP6_MESSAGE.reply): Dhcp6 {
  const client = findDhcp6Option(request.options, 'clientId');
  const head: Dhcp6Option[] = [{ kind: 'serverId', value: SERVER_DUID }];
  if (client !== undefined) head.unshift(client);
  return dhcp6({ type: as, transaction: request.transaction, options: [...head, ...extra] });
}

function granting(lease: Dhcp6Lease, request: Dhcp6): readonly Dhcp6Option[] {
  return [...grants(lease, request), ...refusals(request), ...configuration(lease, request)];
}

/** Temporary addresses and prefixes are none of what is handed out; who asks for them is told so (18.3.2). */
function refusals({ options }: Dhcp6): readonly Dhcp6Option[] {
  return options.flatMap((asked): Dhcp6Option[] => {
    if (asked.kind !== 'unknown') return [];
    const { code, value } = asked;
    const head = code === IA_TA ? 4 : code === IA_PD ? 12 : undefined;
    if (head === undefined || value.length < head) return [];
    const answer = new Uint8Array(head + 6);
    // The identifier stays; the times of prefixes are 0.
    answer.set(value.subarray(0, 4));
    const why = code === IA_TA ? DHCP6_STATUS.noAddresses : DHCP6_STATUS.noPrefixes;
    answer.set([0, DHCP6_OPTION.status, 0, 2, 0, why], head);
    return [{ kind: 'unknown', code, value: answer }];
  });
}

function isOurs(duid: Uint8Array): boolean {
  return duid.length === SERVER_DUID.length && duid.every((byte, at) => byte === SERVER_DUID[at]);
}

function associations({ options }: Dhcp6): readonly IaNa[] {
  return options.filter((option) => option.kind === 'iaNa');
}

/**
 * The client's one address goes to its first association, others get none. Addresses it names and
 * does not have are told with lifetimes of 0 (18.3.4): it stops using them.
 */
function grants({ host }: Dhcp6Lease, request: Dhcp6): readonly Dhcp6Option[] {
  const keeps = dhcp6MessageType(request) !== 'solicit';
  return associations(request).map((asked, at): Dhcp6Option => {
    const { iaid } = asked;
    const foreign: Dhcp6Option[] = [];
    for (const one of keeps ? asked.options : []) {
      if (one.kind !== 'iaAddress' || (at === 0 && one.address === host.address)) continue;
      foreign.push({ kind: 'iaAddress', address: one.address, preferred: 0, valid: 0, options: [] });
    }
    if (at > 0) {
      const none = status(DHCP6_STATUS.noAddresses);
      return { kind: 'iaNa', iaid, renew: 0, rebind: 0, options: foreign.length > 0 ? foreign : [none] };
    }
    const [preferred, valid] = [VALID_SECONDS, VALID_SECONDS];
    const given: Dhcp6Option = { kind: 'iaAddress', address: host.address, preferred, valid, options: [] };
    return { kind: 'iaNa', iaid, ...TIMES, options: [given, ...foreign] };
  });
}

/** Whether the client is still on the link of its addresses (18.3.3); without any there is nothing to say. */
function confirmed(
  { subnet }: Dhcp6Lease,
  request: Dhcp6,
  answer: (extra: readonly Dhcp6Option[]) => Dhcp6,
): Dhcp6 | undefined {
  const named = associations(request).flatMap(({ options }) => options.filter((one) => one.kind === 'iaAddress'));
  if (named.length === 0) return undefined;
  const onLink = named.every(({ address }) => cidrContains(subnet.subnet, address));
  return answer([status(onLink ? DHCP6_STATUS.success : DHCP6_STATUS.notOnLink)]);
}

/** Name servers and the host's own options, which win over what the subnet says. */
function configuration({ subnet, host }: Dhcp6Lease, request: Dhcp6): readonly Dhcp6Option[] {
  const options = new Map<number, Dhcp6Option>();
  const servers = nameServers6(subnet);
  if (servers.length > 0) options.set(DHCP6_OPTION.dnsServers, { kind: 'dnsServers', value: servers });
  for (const { name, value } of host.options ?? []) {
    const spec = option6Spec(name);
    const bytes = spec === undefined ? undefined : encodeOption6(spec.type, value);
    if (spec !== undefined && bytes !== undefined) {
      options.set(spec.code, { kind: 'unknown', code: spec.code, value: bytes });
    }
  }
  return wanted(request, [...options.values()]);
}

/** What the option request names (18.3.2); all of it for clients without one. */
function wanted(request: Dhcp6, options: readonly Dhcp6Option[]): readonly Dhcp6Option[] {
  const codes = findDhcp6Option(request.options, 'requested')?.codes;
  return codes === undefined ? options : options.filter((option) => codes.includes(codeOf(option)));
}

function codeOf(option: Dhcp6Option): number {
  return option.kind === 'unknown' ? option.code : DHCP6_OPTION[option.kind];
}

function status(code: number): Dhcp6Option {
  return { kind: 'status', code, message: new Uint8Array() };
}
