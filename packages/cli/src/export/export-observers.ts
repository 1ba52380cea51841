import type { ChainDto } from '@midonet/contract';
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
  chain: ChainDto,
): Promise<Part | undefined> {
  const parts: [string, Part][] = [];
  for (const { id, name, chainId, loggingResourceId, event } of await directory.ruleLoggers()) {
    if (chainId !== chain.id) continue;
    const [to] = [...from.live.loggingResources].find(([, one]) => one.id === loggingResourceId) ?? [];
    if (name === '') from.leave(`rule logger ${id} of chain ${chain.name ?? ''}, which has no name`);
    else if (to === undefined) from.leave(`rule logger ${name}, whose resource has no name or is another tenant's`);
    else parts.push([name, { to, event: event === 'ALL' ? undefined : event.toLowerCase() }]);
  }
  return mapping(parts);
}

export async function exportTraceRequests({ directory }: Session, from: Exported): Promise<Part | undefined> {
  for (const { id, name, deviceId } of await directory.traceRequests()) {
    if (name === '' && from.owns(deviceId)) from.leave(`trace request ${id}, which has no name`);
  }
  const requests = [...from.live.traceRequests].flatMap(([name, request]): [string, Part][] => {
    const { deviceType, deviceId, condition, limit, enabled } = request;
    const at = deviceType === 'PORT' ? from.port(deviceId) : from.device(deviceId);
    if (at === undefined) {
      from.leave(`trace request ${name}, whose ${deviceType.toLowerCase()} has no name`);
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
