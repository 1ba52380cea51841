import type { ConditionDto } from '@midonet/contract';
import { MATCH_FIELDS } from '../rules/match-fields.ts';
import { conditionWords } from '../rules/rule-text.ts';
import type { Part } from './exported.ts';

const FLAGS = new Set(MATCH_FIELDS.filter(({ value }) => value === undefined).map(({ name }) => name));

/** The tests of a condition, as a file has them. */
export function tests(condition: ConditionDto, nameOf: (id: string) => string): Part {
  return Object.fromEntries(
    conditionWords(condition, nameOf).map(([name, value]) => [name, FLAGS.has(name) ? true : value]),
  );
}
