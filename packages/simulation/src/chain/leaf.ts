import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, FRAG_LATER, FRAG_NONE } from '@midonet/flow';
import type { Mac } from '@midonet/packet';
import type { MaskedMac } from '@midonet/topology';
import type { ChainRun } from './chain-run.ts';
import type { Leaf } from './expression.ts';
import { icmpDataIn } from './icmp-data.ts';

const HALF = 0x1000000;

/** The one meaning of every test, for the fast evaluator and the explaining one. */
export function leafHolds(leaf: Leaf, run: ChainRun): boolean {
  const { packet } = run.walk;
  switch (leaf.kind) {
    case 'port': {
      const port = run.port(leaf.of);
      return port !== undefined && leaf.ports.has(port);
    }
    case 'portGroup':
      return run.inPortGroup(leaf.of, leaf.group);
    case 'traversed':
      return run.walk.hasCrossed(leaf.device);
    case 'dstRewritten':
      return packet.ipDstWritten();
    case 'etherType':
      return run.etherType() === leaf.value;
    case 'untagged':
      return !packet.isTagged();
    case 'vlan':
      return packet.isTagged() && packet.vlanId() === leaf.id;
    case 'protocol': {
      const type = run.etherType();
      const has = leaf.arp ? type === ETHERTYPE_ARP : type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6;
      return has && run.protocol() === leaf.value;
    }
    case 'tos':
      return run.isIp() && packet.ipTos() === leaf.value;
    case 'prefix': {
      const { prefix } = leaf;
      const type = run.etherType();
      const has = prefix.isIp4 ? type === ETHERTYPE_IPV4 || type === ETHERTYPE_ARP : type === ETHERTYPE_IPV6;
      if (!has) return false;
      return (leaf.of === 'src' ? packet.lookupIpSrc(prefix) : packet.lookupIpDst(prefix)).inside;
    }
    case 'fragment': {
      const fragment = run.fragment();
      if (leaf.policy === 'unfragmented') return fragment === FRAG_NONE;
      return (fragment === FRAG_LATER) === (leaf.policy === 'nonheader');
    }
    case 'range': {
      if (!run.hasPorts()) return false;
      const port = leaf.of === 'src' ? packet.l4Src() : packet.l4Dst();
      return port >= leaf.range.start && port <= leaf.range.end;
    }
    case 'mac':
      return macMatches(leaf.of === 'src' ? packet.ethSrc() : packet.ethDst(), leaf.mac);
    case 'addressGroup':
      return run.inAddressGroup(leaf.of, leaf.group);
    case 'connection':
      return run.isReturn() === (leaf.is === 'return');
    case 'icmpData':
      return icmpDataIn(run, leaf.of, leaf.prefix);
    default:
      return leaf satisfies never;
  }
}

/** In halves of 24 bits, as bit operators take 32. */
function macMatches(mac: Mac, { address, mask }: MaskedMac): boolean {
  const low = ((mac % HALF) ^ (address % HALF)) & (mask % HALF);
  const high = (Math.floor(mac / HALF) ^ Math.floor(address / HALF)) & Math.floor(mask / HALF);
  return low === 0 && high === 0;
}
