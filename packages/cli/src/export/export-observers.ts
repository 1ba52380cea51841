import type { ChainDto } from '@midonet/contract';
import { byName } from '../apply/keys.ts';
import { DEFAULT_LIMIT } from '../apply/document-observers.ts';
import type { Session } from '../session.ts';
import { tests } from './export-condition.ts';
import { mapping, type Exported, type Part } from './exported.ts';

export function exportLoggingResources(from: Exported): Part | undefined {
  return mapping(
    [...from.live.loggingResources].map(([name, { enabled }]) => [name, { enabled: enabled ? undefined : false }]),
  );
}

export async function exportLoggers(
  { directory }: Session,
  from: Exported,
  chainKey: string,
  chain: ChainDto,
): Promise<Part | undefined> {
  const parts: [string, Part][] = [];
  const own = (await directory.ruleLoggers()).filter(({ chainId }) => chainId === chain.id);
  for (const [name, { loggingResourceId, event }] of byName(`rule logger of chain ${chainKey}`, own)) {
    const [to] = [...from.live.loggingResources].find(([, one]) => one.id === loggingResourceId) ?? [];
    if (to === undefined) from.leave(`rule logger ${name}, whose resource is another tenant's`);
    else parts.push([name, { to, event: event === 'ALL' ? undefined : event.toLowerCase() }]);
  }
  return mapping(parts);
}

export function exportTraceRequests(from: Exported): Part | undefined {
  const requests = [...from.live.traceRequests].flatMap(([name, request]): [string, Part][] => {
    const { deviceType, deviceId, condition, limit, enabled } = request;
    const at = deviceType === 'PORT' ? from.port(deviceId) : from.device(deviceId);
    if (at === undefined) {
      from.leave(`trace request ${name}, whose ${deviceType.toLowerCase()} is another tenant's`);
      return [];
    }
    const when = tests(condition, (id) => from.needed(id, `of trace request ${name}`));
    const rest = { limit: limit === DEFAULT_LIMIT ? undefined : limit, enabled: enabled ? undefined : false };
    return [
      [name, { [deviceType.toLowerCase()]: at, when: Object.keys(when).length === 0 ? undefined : when, ...rest }],
    ];
  });
  return mapping(requests);
}
