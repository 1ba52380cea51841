import { usageError } from '../cli-error.ts';
import { findRule } from '../rules/rule-options.ts';
import type { Session } from '../session.ts';
import { findRoute } from './routes.ts';

/** The words for kinds of objects that have an id, as after `show`, and how each is stored. */
const KINDS = {
  bridge: 'bridge',
  router: 'router',
  port: 'port',
  route: 'route',
  host: 'host',
  'tunnel-zone': 'tunnelZone',
  chain: 'chain',
  rule: 'rule',
  'port-group': 'portGroup',
  'ip-address-group': 'ipAddrGroup',
  'load-balancer': 'loadBalancer',
  pool: 'pool',
  'pool-member': 'poolMember',
  vip: 'vip',
  'health-monitor': 'healthMonitor',
  'qos-policy': 'qosPolicy',
  mirror: 'mirror',
  'l2-insertion': 'l2Insertion',
  'trace-request': 'traceRequest',
  'logging-resource': 'loggingResource',
  'rule-logger': 'ruleLogger',
} as const;

export type KindWord = keyof typeof KINDS;
const KIND_WORDS = Object.keys(KINDS) as KindWord[]; // just these keys

/** How a kind is stored, by its word. */
export function storedKind(word: string): string | undefined {
  const kinds: Readonly<Record<string, string>> = KINDS;
  return Object.hasOwn(kinds, word) ? kinds[word] : undefined;
}

export function kindWord(text: string): KindWord {
  const found = KIND_WORDS.find((one) => one === text);
  if (found === undefined) throw usageError(`"${text}" is no kind of object; there is ${KIND_WORDS.join(', ')}`);
  return found;
}

/** The object that words such as `bridge red` name. */
async function findObject(session: Session, kind: KindWord, text: string): Promise<{ readonly id: string }> {
  const { directory } = session;
  switch (kind) {
    case 'bridge':
      return directory.bridge(text);
    case 'router':
      return directory.router(text);
    case 'port':
      return directory.port(text);
    case 'route':
      return findRoute(session, text);
    case 'host':
      return directory.host(text);
    case 'tunnel-zone':
      return directory.tunnelZone(text);
    case 'chain':
      return directory.chain(text);
    case 'rule':
      return findRule(session, text);
    case 'port-group':
      return directory.portGroup(text);
    case 'ip-address-group':
      return directory.ipAddrGroup(text);
    case 'load-balancer':
      return directory.loadBalancer(text);
    case 'pool':
      return directory.pool(text);
    case 'pool-member':
      return directory.poolMember(text);
    case 'vip':
      return directory.vip(text);
    case 'health-monitor':
      return directory.healthMonitor(text);
    case 'qos-policy':
      return directory.qosPolicy(text);
    case 'mirror':
      return directory.mirror(text);
    case 'l2-insertion':
      return directory.l2Insertion(text);
    case 'trace-request':
      return directory.traceRequest(text);
    case 'logging-resource':
      return directory.loggingResource(text);
    case 'rule-logger':
      return directory.ruleLogger(text);
  }
}

/** As the audit trail and the history name it: `bridge red` → `bridge/3f2a…`; a word with a slash is that name already. */
export async function objectKey(session: Session, kind: string, text: string | undefined): Promise<string> {
  if (text === undefined) {
    if (kind.includes('/')) return kind;
    throw usageError(
      `name the object by kind and name, like bridge red, or as the audit trail does, like bridge/3f2a…`,
    );
  }
  const word = kindWord(kind);
  // A whole id needs no looking up: it may be that of an object which is gone.
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
  const id = isId ? text.toLowerCase() : (await findObject(session, word, text)).id;
  return `${KINDS[word]}/${id}`;
}
