import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, FRAG_NONE, type Template, type Verdict } from '@midonet/flow';
import { PROTO_TCP, PROTO_UDP } from '../answer/numbers.ts';
import type { Walk } from '../walk.ts';

/**
 * What holds for the packet's whole class: connections that differ in the client's port alone. Only
 * where nothing but the look-up of the connection asked for that port, and nothing that the packet
 * causes beside its way (copies, logs, answers) must be caused for each.
 */
export function templateOf(walk: Walk, verdict: Verdict): Template | undefined {
  const { packet, opening, known } = walk;
  if (
    verdict.kind !== 'forward' ||
    !walk.installable ||
    walk.chosenByPorts ||
    walk.sourceChoices > 1 ||
    walk.memberChoices > 1
  )
    return undefined;
  if ((opening.length === 0) === (known.length === 0)) return undefined;
  const isPlain =
    walk.proposals.length + walk.emissions.length + walk.fragments.length + walk.logged.length === 0 &&
    walk.copies === undefined &&
    walk.quoted === undefined &&
    walk.reentries.length === 0;
  if (!isPlain || known.some(({ direction }) => direction !== 'reply')) return undefined;
  const type = packet.ethType();
  if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return undefined;
  const proto = packet.ipProto();
  if ((proto !== PROTO_TCP && proto !== PROTO_UDP) || packet.ipFrag() !== FRAG_NONE) return undefined;
  const varies = opening.length > 0 ? 'l4Src' : 'l4Dst';
  const mask = packet.maskWithout(varies);
  return mask === undefined
    ? undefined
    : { varies, mask, tags: walk.tagsUnlessBegun, source: walk.sourceChoice, choice: walk.memberChoice };
}
