import { conditionInput, conditionToDto, decode, newCondition, type ConditionDto } from '@midonet/contract';
import { CliError } from '../cli-error.ts';
import { readMatches } from '../rules/match-fields.ts';
import type { WantedMatches } from './document-mirrors.ts';
import { liveNames } from './live-names.ts';
import type { LiveTopology } from './live-topology.ts';

/** Fails with file and line. */
export type FailAt = (message: string) => never;

/** The condition that tests in a file mean. */
export async function conditionOf(live: LiveTopology, matches: WantedMatches, fail: FailAt): Promise<ConditionDto> {
  const decoded = decode(conditionInput, await readMatches(matches, liveNames(live)));
  const condition = decoded.kind === 'ok' ? newCondition(decoded.value) : decoded;
  if (condition.kind === 'ok') return conditionToDto(condition.value);
  return fail(condition.violations.map(({ property, message }) => `${property} ${message}`).join('; '));
}

/** In the order of the condition's own fields, whatever the server's order was. */
export function conditionInOrder(dto: ConditionDto): ConditionDto {
  const decoded = decode(conditionInput, dto);
  const condition = decoded.kind === 'ok' ? newCondition(decoded.value) : decoded;
  return condition.kind === 'ok' ? conditionToDto(condition.value) : dto;
}

/** What is wrong with a name in the file is told with the line. */
export async function understood<T>(fail: FailAt, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    // What has a line already is as it should be said.
    if (error instanceof CliError && !/:\d+: /.test(error.message))
      return fail(`cannot be understood: ${error.message}`);
    throw error;
  }
}
