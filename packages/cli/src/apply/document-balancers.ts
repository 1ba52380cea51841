import { parsePlace, PLACE_FORM, placeText, type Place } from '../objects/place-text.ts';
import type { YamlPlace } from './yaml-reader.ts';

export type WantedMember = { readonly place: Place; readonly weight: number; readonly up: boolean };

/** All of it, defaults written out, in the API's words. */
export type WantedHealth = {
  readonly type: 'TCP' | 'HTTP';
  readonly urlPath: string | null;
  readonly expectedCodes: string | null;
  readonly delay: number;
  readonly timeout: number;
  readonly maxRetries: number;
};

export type WantedPool = {
  readonly name: string;
  readonly up: boolean;
  readonly protocol: 'TCP' | 'UDP';
  /** Undefined leaves those that are there. */
  readonly members: readonly WantedMember[] | undefined;
  /** Undefined leaves what is there, null ends the checks. */
  readonly health: WantedHealth | null | undefined;
};

export type WantedVip = {
  readonly name: string;
  readonly up: boolean;
  readonly place: Place;
  readonly pool: string;
  readonly sticky: boolean;
};

export type WantedBalancer = {
  readonly up: boolean;
  readonly pools: readonly WantedPool[];
  readonly vips: readonly WantedVip[];
};

/** The `balancer` of a router; none leaves what is there. */
export function balancer(place: YamlPlace): WantedBalancer | undefined {
  if (place.isNothing) return undefined;
  const wanted = {
    up: place.field('up').flag() ?? true,
    pools: place.field('pools').entries().map(pool),
    vips: place.field('vips').entries().map(vip),
  };
  place.done();
  return wanted;
}

function pool([name, at]: readonly [string, YamlPlace]): WantedPool {
  const protocol = at.field('protocol').parsed((text) => word(text, ['tcp', 'udp']), 'tcp or udp');
  const members = at.field('members');
  const wanted = {
    name,
    up: at.field('up').flag() ?? true,
    protocol: protocol === 'udp' ? ('UDP' as const) : ('TCP' as const),
    members: members.isNothing ? undefined : members.items().map(member),
    health: health(at.field('health')),
  };
  at.done();
  const seen = new Set<string>();
  for (const one of wanted.members ?? []) {
    const text = placeText(one.place);
    if (seen.has(text)) members.fail(`has ${text} twice`);
    seen.add(text);
  }
  return wanted;
}

/** `10.0.0.2:80` or `{ at: 10.0.0.2:80, weight: 2, up: false }`. */
function member(at: YamlPlace): WantedMember {
  if (!at.isMapping) return { place: place(at), weight: 1, up: true };
  const wanted = {
    place: place(at.field('at')),
    weight: at.field('weight').whole() ?? 1,
    up: at.field('up').flag() ?? true,
  };
  at.done();
  return wanted;
}

const DELAY = 5;

/** `none`, `tcp`, `http` or a mapping. */
function health(at: YamlPlace): WantedHealth | null | undefined {
  if (at.isNothing) return undefined;
  if (!at.isMapping) {
    const kind = at.parsed((text) => word(text, ['none', 'tcp', 'http']), 'none, tcp, http or a mapping');
    return kind === 'none' ? null : check(kind === 'http' ? 'HTTP' : 'TCP', {});
  }
  const [path, codes] = [at.field('path').text(), at.field('codes').parsed(canonicalCodes, 'codes like 200,301-302')];
  const type = at.field('type').parsed((text) => word(text, ['tcp', 'http']), 'tcp or http');
  const isHttp = type === undefined ? path !== undefined || codes !== undefined : type === 'http';
  if (!isHttp && (path !== undefined || codes !== undefined)) at.fail('has path or codes, which only http has');
  const times = {
    delay: at.field('delay').whole(),
    timeout: at.field('timeout').whole(),
    maxRetries: at.field('retries').whole(),
  };
  at.done();
  return check(isHttp ? 'HTTP' : 'TCP', { ...times, path, codes });
}

type Given = {
  readonly delay?: number | undefined;
  readonly timeout?: number | undefined;
  readonly maxRetries?: number | undefined;
  readonly path?: string | undefined;
  readonly codes?: string | undefined;
};

function check(type: 'TCP' | 'HTTP', { delay = DELAY, timeout, maxRetries = 3, path, codes }: Given): WantedHealth {
  const http = type === 'HTTP';
  return {
    type,
    urlPath: http ? (path ?? '/') : null,
    expectedCodes: http ? (codes ?? '200-399') : null,
    delay,
    timeout: timeout ?? Math.min(DELAY, delay),
    maxRetries,
  };
}

/** As the controller writes them: no blanks, a range of one code as that code. */
function canonicalCodes(text: string): string | undefined {
  const parts = text.split(',').map((part) => /^(\d{3})(?:-(\d{3}))?$/.exec(part.trim()));
  if (parts.includes(null)) return undefined;
  return parts
    .map((match) => (match?.[2] === undefined || match[1] === match[2] ? (match?.[1] ?? '') : match[0]))
    .join(',');
}

function vip([name, at]: readonly [string, YamlPlace]): WantedVip {
  const sticky = at.field('sticky').parsed((text) => word(text, ['source-ip', 'none']), 'source-ip or none');
  const wanted = {
    name,
    up: at.field('up').flag() ?? true,
    place: place(at.field('at')),
    pool: at.field('pool').requiredText(),
    sticky: sticky === 'source-ip',
  };
  at.done();
  return wanted;
}

function place(at: YamlPlace): Place {
  return at.parsed(parsePlace, PLACE_FORM) ?? at.fail('is required');
}

function word<const W extends string>(text: string, words: readonly W[]): W | undefined {
  return words.find((one) => one === text);
}
