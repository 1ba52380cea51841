import { FRAG_NONE, type ObjectRef } from '@midonet/flow';
import {
  dhcp6,
  dhcp6MessageType,
  dissectIp,
  ethernet,
  findDhcp6Option,
  frame,
  ipv6,
  udp,
  UDP_PORT,
  type Dhcp6,
  type Ip6,
  type Mac,
} from '@midonet/packet';
import { clientIdOf, type BridgeDevice, type PortId } from '@midonet/topology';
import { PROTO_UDP } from '../answer/numbers.ts';
import { bridgeIndex } from '../bridge/bridge-index.ts';
import { groupMac, isLinkLocal6, linkLocalAddress } from '../ip-scope.ts';
import type { Ending, Walk } from '../walk.ts';
import { DHCP_SERVER_MAC } from './dhcp-config.ts';
import { dhcp6Reply, statelessReply } from './dhcp6-reply.ts';
import { lease6Of } from './dhcp6-lease.ts';

/** All_DHCP_Relay_Agents_and_Servers (RFC 8415 7.1). Clients send there alone, as no server here offers unicast. */
const SERVERS = ((0xff02n << 112n) | 0x10002n) as Ip6;
export const DHCP6_SERVERS_MAC: Mac = groupMac(SERVERS);

/**
 * The DHCPv6 server of a bridge (RFC 8415). It knows exactly the clients configured in the bridge's
 * subnets, by DUID or MAC, and tells name servers to whoever asks for nothing else. Undefined when the packet
 * is no DHCPv6 or the client is not configured: then it goes on like any other, perhaps to a tenant's own server.
 */
export function answerDhcp6(walk: Walk, device: BridgeDevice, portId: PortId): Ending | undefined {
  const { packet } = walk;
  if (device.dhcp6.length === 0 || packet.ipProto() !== PROTO_UDP) return undefined;
  if (packet.ipFrag() !== FRAG_NONE || packet.l4Dst() !== UDP_PORT.dhcp6Server) return undefined;
  const request = readRequest(walk.bytes(), walk.l3Offset);
  if (request === undefined) return undefined;
  const { message, sender } = request;
  const duid = findDhcp6Option(message.options, 'clientId')?.value;
  const lease = lease6Of(device, duid === undefined ? undefined : clientIdOf(duid), packet.ethSrc());
  const reply = lease === undefined ? statelessReply(device, message) : dhcp6Reply(lease, message);
  if (lease === undefined && reply === undefined) return undefined;
  const by = bridgeIndex(device).ref;
  if (walk.trace !== undefined) traceAnswer(walk, by, message, reply !== undefined);
  if (reply === undefined) return walk.consume('dhcpIgnored', by);
  walk.answer(portId, replyFrame({ mac: packet.ethSrc(), ip: sender }, reply));
  return walk.consume('dhcpReply', by);
}

/** Clients ask from their link-local address (RFC 8415 17). */
function readRequest(bytes: Uint8Array, l3: number): { message: Dhcp6; sender: Ip6 } | undefined {
  const layers = dissectIp(bytes, l3);
  const outer = layers[0]?.header;
  const message = layers.at(-1)?.header;
  if (outer?.kind !== 'ipv6' || message?.kind !== 'dhcp6') return undefined;
  return outer.dst === SERVERS && isLinkLocal6(outer.src) ? { message, sender: outer.src } : undefined;
}

function replyFrame(to: { readonly mac: Mac; readonly ip: Ip6 }, reply: Dhcp6): Uint8Array {
  return frame(
    ethernet({ dst: to.mac, src: DHCP_SERVER_MAC }),
    ipv6({ src: linkLocalAddress(DHCP_SERVER_MAC), dst: to.ip }),
    udp({ srcPort: UDP_PORT.dhcp6Server, dstPort: UDP_PORT.dhcp6Client }),
    dhcp6(reply),
  );
}

function traceAnswer(walk: Walk, by: ObjectRef, request: Dhcp6, isAnswered: boolean): void {
  const detail = `DHCPv6 ${dhcp6MessageType(request) ?? 'message'} ${isAnswered ? 'answered' : 'ignored'}`;
  walk.step(by, { kind: 'answer', detail });
}
