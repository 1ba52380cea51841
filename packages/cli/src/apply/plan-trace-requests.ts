import { change } from '../objects/change.ts';
import { conditionText } from '../rules/rule-text.ts';
import type { WantedTraceRequest } from './document-observers.ts';
import { nameIn, renamedTo } from './keys.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { conditionInOrder, conditionOf, understood } from './wanted-condition.ts';

/** A trace request in the file is about exactly the packets that the file says. */
export async function planTraceRequest(live: LiveTopology, wanted: WantedTraceRequest): Promise<Change[]> {
  const { name, at, limit, enabled } = wanted;
  const request = live.traceRequests.get(name);
  const what = `trace request ${name}`;
  const id = live.idOf(what, request);
  const [deviceId, condition] = await understood(wanted.fail, async () => [
    at.type === 'PORT' ? live.portId(at.name) : live.deviceOf(at.type, at.name),
    await conditionOf(live, wanted.when, wanted.fail),
  ]);
  if (request === undefined) {
    const body = {
      id,
      name: nameIn(name) ?? '',
      deviceType: at.type,
      deviceId,
      condition,
      limit,
      enabled: enabled ?? true,
    };
    return [{ sign: '+', what, run: (client) => client.traceRequests.create({ body }) }];
  }
  if (request.deviceId !== deviceId) {
    const there = `${request.deviceType.toLowerCase()} ${live.nameOf(request.deviceId)}`;
    return wanted.fail(`is at ${there} and cannot be moved: delete it first, or give this one another name`);
  }
  const renamed = renamedTo(name);
  const fields = differences(request, { name: renamed, limit, enabled });
  const was = conditionInOrder(request.condition);
  const differs = JSON.stringify(was) !== JSON.stringify(condition);
  if (differs) {
    const text = (one: typeof was): string => conditionText(one, (named) => live.nameOf(named)) || 'all';
    fields.push(`packets: ${text(was)} → ${text(condition)}`);
  }
  const body = { name: renamed === null ? '' : renamed, limit, enabled, condition: differs ? condition : undefined };
  const run: Change['run'] = (client) => change(client.traceRequests, { id }, body, request);
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}
