import { formatIp, parseIp } from '@midonet/packet';
import type { QosText } from '../objects/qos-text.ts';
import { ACTIONS, type Action, type EffectWords } from '../rules/rule-effect.ts';
import { LOG_WORDS, logWord, type LogEvent } from '../rules/log-words.ts';
import { matchesAt, mirrored, portMirrored, type WantedMirrored } from './document-mirrors.ts';
import { logger, type WantedLogger } from './document-observers.ts';
import type { YamlPlace } from './yaml-reader.ts';

/** Chains and QoS policies by name; undefined leaves what is there, null takes it off. */
export type WantedChains = {
  readonly inbound: string | null | undefined;
  readonly outbound: string | null | undefined;
};

/** Of a bridge or port. */
export type WantedFilters = WantedChains & WantedMirrored & { readonly qos: string | null | undefined };

export type WantedRouterFilters = WantedChains &
  WantedMirrored & {
    readonly forward: string | null | undefined;
    readonly localRedirect: string | null | undefined;
  };

export type WantedRule = EffectWords & {
  readonly action: Action;
  /** The tests by name, as they are written. */
  readonly matches: ReadonlyMap<string, string>;
  /** Fails with file and line. */
  readonly fail: (message: string) => never;
};

export type WantedChain = {
  readonly name: string;
  readonly rules: readonly WantedRule[];
  /** Undefined leaves the log as it is, null takes it off. */
  readonly log: LogEvent | null | undefined;
  /** Undefined leaves them as they are. */
  readonly loggers: readonly WantedLogger[] | undefined;
};
/** Ports are named `device/port`. */
export type WantedPortGroup = { readonly name: string; readonly stateful: boolean; readonly ports: readonly string[] };
export type WantedQosPolicy = {
  readonly name: string;
  readonly text: QosText;
  readonly description: string;
  readonly shared: boolean;
  readonly fail: (message: string) => never;
};
export type WantedIpGroup = {
  readonly name: string;
  readonly addresses: readonly string[];
  /** Undefined leaves it as it is, null takes it off. */
  readonly inbound: string | null | undefined;
  readonly outbound: string | null | undefined;
};

function filter(place: YamlPlace): string | null | undefined {
  const text = place.text();
  return text === 'none' ? null : text;
}

export function filters(place: YamlPlace): WantedFilters {
  return { ...chains(place), ...mirrored(place), qos: filter(place.field('qos')) };
}

export function portFilters(place: YamlPlace): WantedFilters {
  return { ...filters(place), ...portMirrored(place) };
}

function chains(place: YamlPlace): WantedChains {
  return { inbound: filter(place.field('inbound')), outbound: filter(place.field('outbound')) };
}

export function routerFilters(place: YamlPlace): WantedRouterFilters {
  const [forward, localRedirect] = [filter(place.field('forward')), filter(place.field('localRedirect'))];
  return { ...chains(place), ...mirrored(place), forward, localRedirect };
}

/** A list of rules, or `{ log: drop, loggers: { denied: { to: audit } }, rules: [...] }`. */
export function chain([name, place]: readonly [string, YamlPlace]): WantedChain {
  if (!place.isMapping) return { name, rules: place.items().map(rule), log: undefined, loggers: undefined };
  const log = place.field('log').parsed(logWord, LOG_WORDS);
  const named = place.field('loggers');
  const rules = place.field('rules').items().map(rule);
  place.done();
  return { name, rules, log: log?.event, loggers: named.isNothing ? undefined : named.entries().map(logger) };
}

const WORDS = ACTIONS.filter((one) => one !== 'jump');

/** `{ do: accept, proto: tcp, dst-port: 80 }`, `{ do: snat, to: '203.0.113.5:1024-65535' }` or `{ jump: other }`. */
function rule(place: YamlPlace): WantedRule {
  const action = place.field('do').parsed((text) => WORDS.find((one) => one === text), `one of ${WORDS.join(', ')}`);
  const jump = place.field('jump').text();
  if ((action === undefined) === (jump === undefined)) place.fail('needs one of do and jump');
  const to = place.field('to');
  if (jump !== undefined && !to.isNothing) to.fail('goes with snat, dnat, redirect and trace only');
  const then = place.field('then').text();
  const transform = {
    popVlan: place.field('pop-vlan').flag(),
    pushVlan: place.field('push-vlan').text(),
    into: place.field('into').flag(),
    failOpen: place.field('fail-open').flag(),
    limit: place.field('limit').text(),
    meter: place.field('meter').text(),
  };
  const matches = matchesAt(place);
  place.done();
  return {
    action: action ?? 'jump',
    to: jump ?? to.textOrList(),
    then,
    ...transform,
    matches,
    fail: (message) => place.fail(message),
  };
}

export function portGroup([name, place]: readonly [string, YamlPlace]): WantedPortGroup {
  const stateful = place.field('stateful').flag() ?? false;
  const ports = place
    .field('ports')
    .items()
    .map((at) => at.requiredText());
  place.done();
  return { name, stateful, ports };
}

/** A list of addresses; with its chains `{ addresses: […], inbound: chain }`. */
export function ipGroup([name, place]: readonly [string, YamlPlace]): WantedIpGroup {
  const isWhole = place.isMapping;
  const addresses = (isWhole ? place.field('addresses') : place).items().map((at) => {
    const ip = parseIp(at.requiredText());
    return ip === undefined ? at.fail('is no IP address') : formatIp(ip);
  });
  if (!isWhole) return { name, addresses, inbound: undefined, outbound: undefined };
  const chains = { inbound: filter(place.field('inbound')), outbound: filter(place.field('outbound')) };
  place.done();
  return { name, addresses, ...chains };
}

/** `{ egress: 50M, ingress: 100M/10M, dscp: 46 }` */
export function qosPolicy([name, place]: readonly [string, YamlPlace]): WantedQosPolicy {
  const text = (['egress', 'ingress', 'dscp'] as const).flatMap((field) => {
    const written = place.field(field).text();
    return written === undefined ? [] : [[field, written] as const];
  });
  const wanted = {
    name,
    text: Object.fromEntries(text),
    description: place.field('description').text() ?? '',
    shared: place.field('shared').flag() ?? false,
    fail: (message: string): never => place.fail(message),
  };
  place.done();
  return wanted;
}
