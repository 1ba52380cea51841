import { formatCidr, formatMac } from '@midonet/packet';
import type { ChainRun } from './chain-run.ts';
import type { End, Expression, Leaf } from './expression.ts';
import { leafHolds } from './leaf.ts';

/** Whether it holds, and what decided. */
export type Explanation = { readonly holds: boolean; readonly why: string };

/** The explaining evaluator: asks what the fast one asks, in the same order, and says what decided. */
export function explain(expression: Expression, run: ChainRun): Explanation {
  switch (expression.kind) {
    case 'and': {
      const reasons: string[] = [];
      for (const term of expression.terms) {
        const { holds, why } = explain(term, run);
        if (!holds) return { holds, why };
        reasons.push(why);
      }
      return { holds: true, why: reasons.length === 0 ? 'every packet' : reasons.join(', ') };
    }
    case 'not': {
      const { holds, why } = explain(expression.term, run);
      return { holds: !holds, why };
    }
    default: {
      const holds = leafHolds(expression, run);
      return { holds, why: leafText(expression, holds) };
    }
  }
}

function leafText(leaf: Leaf, holds: boolean): string {
  const is = holds ? 'is' : 'is not';
  const isIn = holds ? 'is in' : 'is not in';
  switch (leaf.kind) {
    case 'port':
      return `the ${leaf.of === 'in' ? 'ingress' : 'egress'} port ${is} ${[...leaf.ports].join(' or ')}`;
    case 'portGroup': {
      const port = { ingress: 'first ingress', in: 'ingress', out: 'egress' }[leaf.of];
      return `the ${port} port ${isIn} port group ${leaf.group}`;
    }
    case 'traversed':
      return `the packet ${holds ? 'came' : 'did not come'} through ${leaf.device}`;
    case 'dstRewritten':
      return `the destination ${holds ? 'was' : 'was not'} rewritten`;
    case 'etherType':
      return `the EtherType ${is} 0x${leaf.value.toString(16).padStart(4, '0')}`;
    case 'untagged':
      return `the frame ${is} untagged`;
    case 'vlan':
      return `the VLAN ${is} ${leaf.id}`;
    case 'protocol':
      return `the ${leaf.arp ? 'ARP operation' : 'protocol'} ${is} ${leaf.value}`;
    case 'tos':
      return `the type of service ${is} ${leaf.value}`;
    case 'prefix':
      return `the ${endText(leaf.of)} ${isIn} ${leaf.prefix.text}`;
    case 'fragment':
      return `the packet ${is} ${leaf.policy === 'header' ? 'whole or a first fragment' : fragmentText(leaf.policy)}`;
    case 'range':
      return `the ${endText(leaf.of)} port ${isIn} ${leaf.range.start}-${leaf.range.end}`;
    case 'mac':
      return `the ${endText(leaf.of)} MAC ${is} ${formatMac(leaf.mac.address)}/${formatMac(leaf.mac.mask)}`;
    case 'addressGroup':
      return `the ${endText(leaf.of)} ${isIn} address group ${leaf.group}`;
    case 'connection':
      return `the packet ${is} ${leaf.is === 'return' ? 'an answer to a known connection' : 'on its way forward'}`;
    case 'icmpData':
      return `the ${endText(leaf.of)} in an ICMP error ${isIn} ${formatCidr(leaf.prefix)}`;
    default:
      return leaf satisfies never;
  }
}

function endText(end: End): string {
  return end === 'src' ? 'source' : 'destination';
}

function fragmentText(policy: 'nonheader' | 'unfragmented'): string {
  return policy === 'nonheader' ? 'a later fragment' : 'whole';
}
