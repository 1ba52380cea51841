import { deviceTag, type ObjectRef, type Tag } from '@midonet/flow';
import type { Mirror } from '@midonet/topology';
import { derived } from '../cache.ts';
import { expressionOf, type Expression } from '../chain/expression.ts';

export type MirrorIndex = {
  readonly ref: ObjectRef & { readonly name: string };
  readonly tag: Tag;
  /** One of them must hold. */
  readonly conditions: readonly Expression[];
  /** Some condition asks about connections. */
  readonly asks: boolean;
};

export const mirrorIndex = derived(({ id, name, conditions }: Mirror): MirrorIndex => ({
  ref: { kind: 'mirror', id, name: name === '' ? id : name },
  tag: deviceTag('mirror', id),
  conditions: conditions.map(expressionOf),
  asks: conditions.some(({ connection }) => connection !== undefined),
}));
