import { conditionInput, conditionToDto, decode, newCondition, type ConditionDto } from '@midonet/contract';
import { CliError } from '../cli-error.ts';
import { conditionsText } from '../objects/mirrors.ts';
import { readMatches } from '../rules/match-fields.ts';
import type { WantedMatches, WantedMirror } from './document-mirrors.ts';
import { liveNames } from './live-names.ts';
import type { LiveTopology } from './live-topology.ts';
import type { Change } from './plan.ts';
import { change } from '../objects/change.ts';

/** A mirror in the file copies exactly what the file says. */
export async function planMirror(live: LiveTopology, wanted: WantedMirror): Promise<Change[]> {
  const { name } = wanted;
  const mirror = live.mirrors.get(name);
  const id = live.idOf(`mirror ${name}`, mirror);
  const what = `mirror ${name}`;
  const { toPortId, conditions } = await meantBy(live, wanted);
  const body = { name, toPortId, conditions };
  if (mirror === undefined) {
    return [{ sign: '+', what, run: (client) => client.mirrors.create({ body: { id, ...body } }) }];
  }
  const nameOf = (one: string): string => live.nameOf(one);
  const fields: string[] = [];
  if (mirror.toPortId !== toPortId) fields.push(`to: ${nameOf(mirror.toPortId)} → ${wanted.to}`);
  if (JSON.stringify(mirror.conditions.map(inOrder)) !== JSON.stringify(conditions)) {
    fields.push(`copies: ${conditionsText(mirror, nameOf)} → ${conditionsText({ conditions }, nameOf)}`);
  }
  const run: Change['run'] = (client) => change(client.mirrors, { id }, body, mirror);
  return fields.length === 0 ? [] : [{ sign: '~', what, fields, run }];
}

type Meant = { readonly toPortId: string; readonly conditions: ConditionDto[] };

async function meantBy(live: LiveTopology, wanted: WantedMirror): Promise<Meant> {
  try {
    const conditions: ConditionDto[] = [];
    for (const matches of wanted.when) conditions.push(await conditionOf(live, matches, wanted.fail));
    return { toPortId: live.portId(wanted.to), conditions };
  } catch (error) {
    // What has a line already is as it should be said.
    if (error instanceof CliError && !/:\d+: /.test(error.message)) {
      return wanted.fail(`cannot be understood: ${error.message}`);
    }
    throw error;
  }
}

async function conditionOf(
  live: LiveTopology,
  matches: WantedMatches,
  fail: WantedMirror['fail'],
): Promise<ConditionDto> {
  const decoded = decode(conditionInput, await readMatches(matches, liveNames(live)));
  const condition = decoded.kind === 'ok' ? newCondition(decoded.value) : decoded;
  if (condition.kind === 'ok') return conditionToDto(condition.value);
  return fail(condition.violations.map(({ property, message }) => `${property} ${message}`).join('; '));
}

/** In the order of the condition's own fields, whatever the server's order was. */
function inOrder(dto: ConditionDto): ConditionDto {
  const decoded = decode(conditionInput, dto);
  const condition = decoded.kind === 'ok' ? newCondition(decoded.value) : decoded;
  return condition.kind === 'ok' ? conditionToDto(condition.value) : dto;
}
