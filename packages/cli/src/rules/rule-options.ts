import type { RuleDto } from '@midonet/contract';
import { missing, usageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import type { Options } from '../verbs.ts';
import { MATCH_FIELDS, readMatches } from './match-fields.ts';
import type { Fields, NameResolver } from './rule-body.ts';

export const MATCH_OPTIONS: readonly (readonly [string, string])[] = MATCH_FIELDS.map(({ name, value, help }) => [
  value === undefined ? `--${name}` : `--${name} ${value}`,
  help,
]);

/** The tests on the command line. `--src 'not 10.0.0.0/8'` is everything else. */
export function matchesOf(session: Session, options: Options): Promise<Fields> {
  const given = new Map<string, string>();
  for (const { name } of MATCH_FIELDS) {
    const key = name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const text = options.flag(key) ? '' : options.text(key);
    if (text !== undefined) given.set(name, text);
  }
  return readMatches(given, sessionNames(session));
}

function sessionNames({ directory }: Session): NameResolver {
  return {
    port: async (text) => (await directory.port(text)).id,
    portGroup: async (text) => (await directory.portGroup(text)).id,
    ipAddrGroup: async (text) => (await directory.ipAddrGroup(text)).id,
    chain: async (text) => (await directory.chain(text)).id,
    traceRequest: async (text) => (await directory.traceRequest(text)).id,
    device: async (text) => {
      const device = text.includes('/') ? undefined : await directory.device(text);
      return (device ?? (await directory.port(text))).id;
    },
  };
}

const CLEARED: Readonly<Record<string, Fields>> = {
  proto: { nwProto: null },
  src: { nwSrcAddress: null },
  dst: { nwDstAddress: null },
  'src-port': { tpSrc: null },
  'dst-port': { tpDst: null },
  'icmp-type': { tpSrc: null },
  'icmp-code': { tpDst: null },
  'src-group': { ipAddrGroupSrc: null },
  'dst-group': { ipAddrGroupDst: null },
  'in-ports': { inPorts: null },
  'out-ports': { outPorts: null },
  'port-group': { portGroup: null },
  'in-port-group': { inPortGroup: null },
  'out-port-group': { outPortGroup: null },
  traversed: { traversedDevice: null },
  tos: { nwTos: null },
  fragments: { fragmentPolicy: null },
  ethertype: { dlType: null },
  'src-mac': { dlSrc: null },
  'dst-mac': { dlDst: null },
  vlan: { vlan: null },
  untagged: { noVlan: false },
  'icmp-error-src': { icmpDataSrcIpAddress: null },
  'icmp-error-dst': { icmpDataDstIpAddress: null },
  connection: { matchForwardFlow: false, matchReturnFlow: false },
  'dst-rewritten': { matchNwDstRewritten: false },
  invert: { condInvert: false },
};

/** What takes the named tests out of a rule. */
export function clearedOf(names: readonly string[]): Fields {
  const fields: Fields = {};
  for (const name of names.flatMap((one) => one.split(','))) {
    const cleared = Object.hasOwn(CLEARED, name) ? CLEARED[name] : undefined;
    if (cleared === undefined) throw usageError(`--clear: "${name}" is none of ${Object.keys(CLEARED).join(', ')}`);
    Object.assign(fields, cleared);
  }
  return fields;
}

/** `web-in:3`, the third rule of that chain, or the beginning of a rule's id. */
export async function findRule(session: Session, text: string): Promise<RuleDto> {
  const [, chainText, position] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (chainText !== undefined) {
    const chain = await session.directory.chain(chainText);
    const rules = await session.client.chains.rules({ id: chain.id });
    const rule = rules.find((one) => one.position === Number(position));
    if (rule === undefined) throw missing(`chain ${chainText} has ${rules.length} rules, no rule ${position}`);
    return rule;
  }
  const ids = (await session.directory.chains()).flatMap(({ ruleIds }) => ruleIds);
  const lower = text.toLowerCase();
  const matches = /^[0-9a-f-]{4,36}$/.test(lower) ? ids.filter((id) => id.startsWith(lower)) : [];
  const [only] = matches;
  if (only === undefined || matches.length > 1) {
    throw missing(
      `${matches.length === 0 ? 'no rule' : `${matches.length} rules`} "${text}"; name it like web-in:3, or by its id`,
    );
  }
  return session.client.rules.get({ id: only });
}
