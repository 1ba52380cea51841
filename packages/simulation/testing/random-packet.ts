import { ethernet, frame, icmp4, icmp6, ipv4, ipv6, tcp, udp, vlan, type FramePart } from '@midonet/packet';
import { arpFrame, discovery, solicitation } from './frames.ts';
import { ip4, ip6, mac } from './literals.ts';
import { HOST_MACS, ODD_IPS, ODD_IPS6, ROUTER_MACS, SOME_IPS, SOME_IPS6, type Random } from './random-network.ts';

const GROUPS = ['ff:ff:ff:ff:ff:ff', '33:33:00:00:00:01', '01:00:5e:00:00:01'];

/** A frame of few values: tagged or not, ARP, IP of both families, discovery, errors, fragments, noise. Often for a router of `routerMacs`. */
export function randomPacket(random: Random, routerMacs: readonly string[] = ROUTER_MACS): Uint8Array {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const often = <T>(usual: readonly T[], odd: readonly T[]): T => pick(random() < 0.9 ? usual : odd);
  const dst = random() < 0.15 ? pick(GROUPS) : pick(random() < 0.6 && routerMacs.length > 0 ? routerMacs : HOST_MACS);
  const from = { mac: often(HOST_MACS, ROUTER_MACS), ip: often(SOME_IPS, ODD_IPS), ip6: often(SOME_IPS6, ODD_IPS6) };
  const target = { mac: pick(HOST_MACS), ip: often(SOME_IPS, ODD_IPS), ip6: often(SOME_IPS6, ODD_IPS6) };
  const kind = random();
  if (kind < 0.15) return arpFrame(pick(['request', 'reply']), from, target, random() < 0.5 ? undefined : dst);
  if (kind < 0.2) return solicitation(from, target.ip6);
  if (kind < 0.25) return discovery(from, 'ff02::2', { kind: 'routerSolicitation', options: [] });
  const link: FramePart[] = [ethernet({ dst: mac(dst), src: mac(from.mac), type: 0x88b5 })];
  // Insertions tell directions by priorities 1 and 2.
  if (random() < 0.2) link.push(vlan({ id: pick([0, 1, 2, 3]), priority: pick([0, 1, 2]), type: 0x88b5 }));
  const ttl = pick([0, 1, 2, 5, 64]);
  const tos = pick([0, 0, 1, 4, 0xbb]);
  const size = pick([0, 8, 100, 1500]);
  const upper = pick<readonly FramePart[]>([
    [udp({ srcPort: pick([1, 2, 68]), dstPort: pick([53, 67]) })],
    [tcp({ srcPort: pick([1, 2]), dstPort: pick([80, 443]) })],
  ]);
  const data = new Uint8Array(size);
  if (kind < 0.6) {
    const header = ipv4({
      src: ip4(from.ip),
      dst: ip4(target.ip),
      ttl,
      tos,
      dontFragment: random() < 0.5,
      moreFragments: random() < 0.1,
    });
    const echo = icmp4({ kind: pick(['echoRequest', 'echoReply']), id: 1, sequence: 1 });
    const error = icmp4({ kind: 'unreachable', code: 1, mtu: 0 });
    return frame(...link, header, ...pick([upper, upper, [echo], [error]]), data);
  }
  if (kind < 0.95) {
    const header = ipv6({ src: ip6(from.ip6), dst: ip6(target.ip6), hopLimit: ttl, trafficClass: tos });
    const echo = icmp6({ kind: pick(['echoRequest', 'echoReply']), id: 1, sequence: 1 });
    const error = icmp6({ kind: 'unreachable', code: 1 });
    return frame(...link, header, ...pick([upper, upper, [echo], [error]]), data);
  }
  return frame(
    ...link,
    Uint8Array.from({ length: 40 }, () => Math.floor(random() * 256)),
  );
}
