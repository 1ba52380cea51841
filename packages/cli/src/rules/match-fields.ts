import { usageError } from '../cli-error.ts';
import { ETHERTYPES, macWord, negated, numberWord, prefixWord, PROTOCOLS, rangeWord } from './match-words.ts';
import type { Fields, NameResolver } from './rule-body.ts';

/** One test of a rule as people write it, the same on a command line and in a file. */
export type MatchField = {
  readonly name: string;
  /** What stands behind it; undefined for one that is there or not. */
  readonly value: string | undefined;
  readonly help: string;
  readonly read: (text: string, names: NameResolver) => Fields | Promise<Fields>;
};

const plain = (name: string, value: string, help: string, read: MatchField['read']): MatchField => ({
  name,
  value,
  help,
  read,
});

function list(text: string): string[] {
  return text.split(',').map((one) => one.trim());
}

/** Ports and devices, groups, addresses, protocols, Ethernet: in the order in which help lists them. */
export const MATCH_FIELDS: readonly MatchField[] = [
  plain('proto', '<protocol>', `IP protocol: ${Object.keys(PROTOCOLS).join(', ')} or a number`, (text) => {
    const { text: word, invert } = negated(text);
    return { nwProto: numberWord('proto', word, 0xff, PROTOCOLS), invNwProto: invert };
  }),
  plain('src', '<prefix>', 'source address or prefix, IPv4 or IPv6', (text) => {
    const { text: word, invert } = negated(text);
    const { address, length } = prefixWord('src', word);
    return { nwSrcAddress: address, nwSrcLength: length, invNwSrc: invert };
  }),
  plain('dst', '<prefix>', 'destination address or prefix', (text) => {
    const { text: word, invert } = negated(text);
    const { address, length } = prefixWord('dst', word);
    return { nwDstAddress: address, nwDstLength: length, invNwDst: invert };
  }),
  plain('src-port', '<range>', 'source port or range, like 1024-65535', (text) => source('src-port', text)),
  plain('dst-port', '<range>', 'destination port or range', (text) => destination('dst-port', text)),
  plain('icmp-type', '<range>', 'ICMP type', (text) => source('icmp-type', text)),
  plain('icmp-code', '<range>', 'ICMP code', (text) => destination('icmp-code', text)),
  plain('src-group', '<group>', 'source address is in this IP address group', async (text, names) => {
    const { text: word, invert } = negated(text);
    return { ipAddrGroupSrc: await names.ipAddrGroup(word), invIpAddrGroupSrc: invert };
  }),
  plain('dst-group', '<group>', 'destination address is in this IP address group', async (text, names) => {
    const { text: word, invert } = negated(text);
    return { ipAddrGroupDst: await names.ipAddrGroup(word), invIpAddrGroupDst: invert };
  }),
  plain('in-ports', '<ports>', 'came into this device through one of these ports, by commas', async (text, names) => {
    const { text: words, invert } = negated(text);
    return { inPorts: await Promise.all(list(words).map((one) => names.port(one))), invInPorts: invert };
  }),
  plain('out-ports', '<ports>', 'leaves this device through one of these ports', async (text, names) => {
    const { text: words, invert } = negated(text);
    return { outPorts: await Promise.all(list(words).map((one) => names.port(one))), invOutPorts: invert };
  }),
  plain('port-group', '<group>', 'came into the virtual network through a port of this group', async (text, names) => {
    const { text: word, invert } = negated(text);
    return { portGroup: await names.portGroup(word), invPortGroup: invert };
  }),
  plain('in-port-group', '<group>', 'came into this device through a port of this group', async (text, names) => {
    const { text: word, invert } = negated(text);
    return { inPortGroup: await names.portGroup(word), invInPortGroup: invert };
  }),
  plain('out-port-group', '<group>', 'leaves this device through a port of this group', async (text, names) => {
    const { text: word, invert } = negated(text);
    return { outPortGroup: await names.portGroup(word), invOutPortGroup: invert };
  }),
  plain('traversed', '<device>', 'has come through this bridge, router or port', async (text, names) => {
    const { text: word, invert } = negated(text);
    return { traversedDevice: await names.device(word), invTraversedDevice: invert };
  }),
  plain('tos', '<number>', 'TOS or traffic class octet', (text) => {
    const { text: word, invert } = negated(text);
    return { nwTos: numberWord('tos', word, 0xff), invNwTos: invert };
  }),
  plain('fragments', '<policy>', 'any, nonheader, header or unfragmented', (text) => ({ fragmentPolicy: text })),
  plain('ethertype', '<type>', `${Object.keys(ETHERTYPES).join(', ')} or a number`, (text) => {
    const { text: word, invert } = negated(text);
    return { dlType: numberWord('ethertype', word, 0xffff, ETHERTYPES), invDlType: invert };
  }),
  plain('src-mac', '<mac>', 'source MAC, with a mask behind a slash', (text) => {
    const { text: word, invert } = negated(text);
    const { mac, mask } = macWord('src-mac', word);
    return { dlSrc: mac, dlSrcMask: mask, invDlSrc: invert };
  }),
  plain('dst-mac', '<mac>', 'destination MAC, likewise', (text) => {
    const { text: word, invert } = negated(text);
    const { mac, mask } = macWord('dst-mac', word);
    return { dlDst: mac, dlDstMask: mask, invDlDst: invert };
  }),
  plain('vlan', '<id>', 'outermost VLAN tag', (text) => ({ vlan: numberWord('vlan', text, 4094) })),
  { name: 'untagged', value: undefined, help: 'without VLAN tag', read: () => ({ noVlan: true }) },
  plain('icmp-error-src', '<prefix>', 'source of the packet that an ICMP error is about', (text) => {
    const { text: word, invert } = negated(text);
    const { address, length } = prefixWord('icmp-error-src', word);
    return { icmpDataSrcIpAddress: address, icmpDataSrcIpLength: length, invIcmpDataSrcIp: invert };
  }),
  plain('icmp-error-dst', '<prefix>', 'destination of that packet', (text) => {
    const { text: word, invert } = negated(text);
    const { address, length } = prefixWord('icmp-error-dst', word);
    return { icmpDataDstIpAddress: address, icmpDataDstIpLength: length, invIcmpDataDstIp: invert };
  }),
  plain('connection', '<direction>', 'forward: begins or goes on with a connection; return: answers it', (text) => ({
    matchForwardFlow: directionWord(text) === 'forward',
    matchReturnFlow: directionWord(text) === 'return',
  })),
  {
    name: 'dst-rewritten',
    value: undefined,
    help: 'destination address was rewritten on the way',
    read: () => ({ matchNwDstRewritten: true }),
  },
  { name: 'invert', value: undefined, help: 'turn the whole condition round', read: () => ({ condInvert: true }) },
];

function directionWord(text: string): 'forward' | 'return' {
  if (text === 'forward' || text === 'return') return text;
  throw usageError(`connection: "${text}" is neither forward nor return`);
}

function source(what: string, text: string): Fields {
  const { text: word, invert } = negated(text);
  return { tpSrc: rangeWord(what, word), invTpSrc: invert };
}

function destination(what: string, text: string): Fields {
  const { text: word, invert } = negated(text);
  return { tpDst: rangeWord(what, word), invTpDst: invert };
}

/** The tests that `given` names, by name and text. Two spellings of one test are refused. */
export async function readMatches(given: ReadonlyMap<string, string>, names: NameResolver): Promise<Fields> {
  const all: Fields = {};
  for (const field of MATCH_FIELDS) {
    const text = given.get(field.name);
    if (text === undefined) continue;
    const fields = await field.read(text, names);
    const twice = Object.keys(fields).find((key) => key in all);
    if (twice !== undefined) throw usageError(`${field.name}: the same test is given in another way already`);
    Object.assign(all, fields);
  }
  return all;
}
