import type { Connection } from '@midonet/flow';
import type { Statement } from './statement.ts';

export type ClassStatement = Statement & { readonly kind: 'class' };

/** A class of connections, member by member. */
export function classStatements(number: number, members: readonly Connection[]): ClassStatement[] {
  return members.map((connection, index) => {
    const told = { connection, progress: { original: 0, reply: 0 } };
    return { kind: 'class', number, index, count: members.length, told };
  });
}

/** Puts classes together again, whose members come one behind the other. */
export class ClassParts {
  #members: readonly Connection[] = [];

  /** All members, with the last of them. */
  add({ index, count, told }: ClassStatement): readonly Connection[] | undefined {
    const before = index === 0 ? [] : this.#members;
    if (before.length !== index) return undefined;
    this.#members = [...before, told.connection];
    return this.#members.length === count ? this.#members : undefined;
  }
}
