import type { Violation } from '@midonet/topology';

export function failing(...cases: readonly (readonly [isWrong: boolean, property: string, message: string])[]) {
  return cases.flatMap(([isWrong, property, message]): Violation[] => (isWrong ? [{ property, message }] : []));
}
