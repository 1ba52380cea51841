import { deviceTag, FRAG_NONE } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import type { BalancerDevice, RouterDevice } from '@midonet/topology';
import { derived } from '../cache.ts';
import { standingOf } from '../connection/track.ts';
import type { RouterVisit } from '../router/router-visit.ts';
import type { Ending, Walk } from '../walk.ts';
import { balancerIndex, type Place } from './balancer-index.ts';

/**
 * Health checks come from these ports of the router's own addresses. Translated connections of clients
 * have them hardly ever: sources above 1023 stay above (RFC 4787 REQ-3 b).
 */
export const CHECK_PORTS = { from: 512, to: 1023 } as const;

const ownAddresses = derived(
  ({ ports }: RouterDevice): ReadonlySet<IpAddress> =>
    new Set([...ports.values()].flatMap((port) => port.addresses.map(({ address }) => address))),
);

/**
 * What a member answers to the health checks of its load balancer: such a packet ends here, and the
 * agent that got it takes it to the one that asks. Undefined for all others. `answers`: places of
 * members with the packet's source address; over whatever protocol they serve, they are asked by TCP.
 */
export function takeHealthAnswer(
  walk: Walk,
  balancer: BalancerDevice,
  { device }: RouterVisit,
  answers: readonly Place[],
): Ending | undefined {
  const { packet } = walk;
  if (answers.length === 0 || packet.ipFrag() !== FRAG_NONE) return undefined;
  const source = packet.l4Src();
  if (!answers.some(({ port }) => port === source)) return undefined;
  // First: answers to clients must not depend on the client's port.
  if (!ownAddresses(device).has(packet.ipDst())) return undefined;
  const target = packet.l4Dst();
  if (target < CHECK_PORTS.from || target > CHECK_PORTS.to) return undefined;
  // A client that is translated to this address and port is no check.
  if (standingOf(walk).kind !== 'new') return undefined;
  walk.tag(deviceTag('healthChecker', balancer.balancer.id));
  if (balancer.checker === undefined) return undefined;
  const { ref } = balancerIndex(balancer);
  if (walk.trace !== undefined) walk.step(ref, { kind: 'answer', detail: 'an answer to a health check' });
  return walk.consume('healthAnswer', ref);
}
