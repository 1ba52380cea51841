import type { ConditionDto } from '@midonet/contract';
import { conditionsText } from '../objects/mirrors.ts';
import type { WantedMirror } from './document-mirrors.ts';
import { nameIn, renamedTo } from './keys.ts';
import type { LiveTopology } from './live-topology.ts';
import { differences, type Change } from './plan.ts';
import { conditionInOrder, conditionOf, understood } from './wanted-condition.ts';
import { change } from '../objects/change.ts';

/** A mirror in the file copies exactly what the file says. */
export async function planMirror(live: LiveTopology, wanted: WantedMirror): Promise<Change[]> {
  const { name } = wanted;
  const mirror = live.mirrors.get(name);
  const id = live.idOf(`mirror ${name}`, mirror);
  const what = `mirror ${name}`;
  const { toPortId, conditions } = await meantBy(live, wanted);
  const body = { name: nameIn(name) ?? '', toPortId, conditions };
  if (mirror === undefined) {
    return [{ sign: '+', what, run: (client) => client.mirrors.create({ body: { id, ...body } }) }];
  }
  const nameOf = (one: string): string => live.nameOf(one);
  const fields = differences(mirror, { name: renamedTo(name) });
  if (mirror.toPortId !== toPortId) fields.push(`to: ${nameOf(mirror.toPortId)} → ${wanted.to}`);
  if (JSON.stringify(mirror.conditions.map(conditionInOrder)) !== JSON.stringify(conditions)) {
    fields.push(`copies: ${conditionsText(mirror, nameOf)} → ${conditionsText({ conditions }, nameOf)}`);
  }
  const run: Change['run'] = (client) => change(client.mirrors, { id }, body, mirror);
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}

type Meant = { readonly toPortId: string; readonly conditions: ConditionDto[] };

function meantBy(live: LiveTopology, wanted: WantedMirror): Promise<Meant> {
  return understood(wanted.fail, async () => {
    const conditions: ConditionDto[] = [];
    for (const matches of wanted.when) conditions.push(await conditionOf(live, matches, wanted.fail));
    return { toPortId: live.portId(wanted.to), conditions };
  });
}
