import { ETHERTYPE_IPV4, FRAG_NONE, type ObjectRef } from '@midonet/flow';
import {
  DHCP_OPTION,
  dhcp4,
  dhcp4Size,
  dhcpMessageType,
  dhcpOptionCode,
  dissectIp,
  ethernet,
  findDhcpOption,
  frame,
  ipv4,
  MAC_BROADCAST,
  udp,
  UDP_PORT,
  type Dhcp4,
  type DhcpMessageType,
  type DhcpOption,
  type Ip4,
} from '@midonet/packet';
import { PROTO_UDP } from '../answer/numbers.ts';
import { bridgeIndex } from '../bridge/bridge-index.ts';
import type { Ending, Walk } from '../walk.ts';
import { DHCP_SERVER_MAC, leaseOf, type DhcpLease } from './dhcp-config.ts';
import { leaseOptions } from './lease-options.ts';

const IP_BROADCAST = 0xffffffff as Ip4;
/** Old clients and relays want no message shorter than BOOTP's (RFC 1542 2.1). */
const BOOTP_BYTES = 300;
const UNSPECIFIED = 0 as Ip4;
const RELAY_AGENT = 82;

/**
 * The DHCPv4 server of a bridge (RFC 2131). It knows exactly the hosts configured in the bridge's
 * subnets, by MAC. Undefined when the packet is no DHCP or the client is not configured: then it
 * goes on like any other, perhaps to a tenant's own server.
 */
export function answerDhcp(walk: Walk): Ending | undefined {
  const { packet, dhcpIngress } = walk;
  if (dhcpIngress === undefined || packet.ethType() !== ETHERTYPE_IPV4 || packet.ipProto() !== PROTO_UDP) {
    return undefined;
  }
  if (packet.ipFrag() !== FRAG_NONE || packet.l4Dst() !== UDP_PORT.dhcpServer) return undefined;
  const { device, portId } = dhcpIngress;
  const lease = leaseOf(device, portId, packet.ethSrc());
  if (lease === undefined) return undefined;
  const by = bridgeIndex(device).ref;
  const request = readRequest(walk.bytes(), walk.l3Offset);
  if (request === undefined) return walk.drop('malformed', by);
  const answer = answerTo(walk, lease, request);
  if (walk.trace !== undefined) traceAnswer(walk, by, request, answer !== undefined);
  if (answer === undefined) return walk.consume('dhcpIgnored', by);
  walk.answer(portId, answer);
  return walk.consume('dhcpReply', by);
}

function readRequest(bytes: Uint8Array, l3: number): Dhcp4 | undefined {
  const message = dissectIp(bytes, l3)[2]?.header;
  return message?.kind === 'dhcp4' && message.op === 'request' ? message : undefined;
}

function answerTo(walk: Walk, lease: DhcpLease, request: Dhcp4): Uint8Array | undefined {
  if (request.clientMac !== lease.host.mac) return undefined;
  const chosen = findDhcpOption(request, 'serverId')?.value;
  // The client chose another server.
  if (chosen !== undefined && chosen !== lease.server) return undefined;
  switch (dhcpMessageType(request)) {
    case 'discover':
      return grant(walk, lease, request, 'offer');
    case 'request': {
      const wanted = findDhcpOption(request, 'requestedIp')?.value ?? request.clientIp;
      return wanted === lease.host.address ? grant(walk, lease, request, 'ack') : refuse(lease, request);
    }
    case 'inform':
      return grant(walk, lease, request, 'ack');
    case 'decline':
    case 'release':
    case 'offer':
    case 'ack':
    case 'nak':
    case undefined:
      return undefined;
  }
}

function grant(walk: Walk, lease: DhcpLease, request: Dhcp4, type: DhcpMessageType): Uint8Array {
  const isInform = dhcpMessageType(request) === 'inform';
  const { options, nextServer } = leaseOptions(lease, walk.state.overlayMtu, !isInform);
  return replyFrame(lease, {
    ...replyTo(request, [{ kind: 'messageType', value: type }, ...options]),
    yourIp: isInform ? UNSPECIFIED : lease.host.address,
    serverIp: nextServer ?? lease.server,
  });
}

/** NAK: whatever the client thinks its address is, it is not that. */
function refuse(lease: DhcpLease, request: Dhcp4): Uint8Array {
  const options: DhcpOption[] = [
    { kind: 'messageType', value: 'nak' },
    { kind: 'serverId', value: lease.server },
  ];
  return replyFrame(lease, { ...replyTo(request, options), clientIp: UNSPECIFIED });
}

function replyTo(request: Dhcp4, told: readonly DhcpOption[]): Dhcp4 {
  const { transaction, broadcast, clientIp, relayIp, clientMac } = request;
  const options = [...told, ...echoed(request, told)];
  return dhcp4({ op: 'reply', transaction, broadcast, clientIp, relayIp, clientMac, options });
}

/** What a client finds its own answer by: its identifier (RFC 6842), and last what a relay added (RFC 3046 2.2). */
function echoed(request: Dhcp4, told: readonly DhcpOption[]): DhcpOption[] {
  return [DHCP_OPTION.clientId, RELAY_AGENT].flatMap((code) =>
    told.some((option) => dhcpOptionCode(option) === code)
      ? []
      : request.options.filter((option) => dhcpOptionCode(option) === code),
  );
}

/**
 * A client that has its address is answered there; all others by broadcast, which every client
 * accepts. Nobody else sees it: the frame leaves through the client's own port.
 */
function replyFrame(lease: DhcpLease, reply: Dhcp4): Uint8Array {
  const hasAddress = reply.clientIp !== 0;
  return frame(
    ethernet({ dst: hasAddress ? reply.clientMac : MAC_BROADCAST, src: DHCP_SERVER_MAC }),
    ipv4({ src: lease.server, dst: hasAddress ? reply.clientIp : IP_BROADCAST }),
    udp({ srcPort: UDP_PORT.dhcpServer, dstPort: UDP_PORT.dhcpClient }),
    reply,
    new Uint8Array(Math.max(0, BOOTP_BYTES - dhcp4Size(reply))),
  );
}

function traceAnswer(walk: Walk, by: ObjectRef, request: Dhcp4, isAnswered: boolean): void {
  const detail = `DHCP ${dhcpMessageType(request) ?? 'message'} ${isAnswered ? 'answered' : 'ignored'}`;
  walk.step(by, { kind: 'answer', detail });
}
