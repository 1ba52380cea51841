import { LOG_EVENTS } from '@midonet/contract';
import type { LogEvent } from '../rules/log-words.ts';
import { matchesAt, type WantedMatches } from './document-mirrors.ts';
import type { YamlPlace } from './yaml-reader.ts';

/** What switches the loggers of chains; undefined leaves it as it is. */
export type WantedLoggingResource = { readonly name: string; readonly enabled: boolean | undefined };

/** Of a chain. */
export type WantedLogger = {
  readonly name: string;
  /** A logging resource. */
  readonly to: string;
  readonly event: LogEvent;
  readonly fail: (message: string) => never;
};

export type WantedTraceRequest = {
  readonly name: string;
  readonly at: { readonly type: 'BRIDGE' | 'ROUTER' | 'PORT'; readonly name: string };
  readonly when: WantedMatches;
  readonly limit: number;
  /** Undefined leaves it as it is; a new one is enabled. */
  readonly enabled: boolean | undefined;
  readonly fail: (message: string) => never;
};

/** `{ enabled: false }` */
export function loggingResource([name, place]: readonly [string, YamlPlace]): WantedLoggingResource {
  const enabled = place.field('enabled').flag();
  place.done();
  return { name, enabled };
}

/** `{ to: audit, event: drop }` */
export function logger([name, place]: readonly [string, YamlPlace]): WantedLogger {
  const to = place.field('to').requiredText();
  const word = (text: string): LogEvent | undefined => LOG_EVENTS.find((one) => one.toLowerCase() === text);
  const event = place.field('event').parsed(word, 'accept, drop or all') ?? 'ALL';
  place.done();
  return { name, to, event, fail: (message) => place.fail(message) };
}

const DEVICES = { bridge: 'BRIDGE', router: 'ROUTER', port: 'PORT' } as const;
export const DEFAULT_LIMIT = 100;
const MOST = 1000;

/** `{ router: edge, when: { proto: tcp }, limit: 20 }`; without `when` it is about everything there. */
export function traceRequest([name, place]: readonly [string, YamlPlace]): WantedTraceRequest {
  const named = (['bridge', 'router', 'port'] as const).flatMap((word) => {
    const text = place.field(word).text();
    return text === undefined ? [] : [{ type: DEVICES[word], name: text }];
  });
  const [at] = named;
  if (at === undefined || named.length > 1) return place.fail('needs one of bridge, router and port');
  const condition = place.field('when');
  const when = matchesAt(condition);
  condition.done();
  const limit = place.field('limit').whole() ?? DEFAULT_LIMIT;
  if (limit < 1 || limit > MOST) place.field('limit').fail(`must be 1 to ${MOST}`);
  const enabled = place.field('enabled').flag();
  place.done();
  return { name, at, when, limit, enabled, fail: (message) => place.fail(message) };
}
