import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DpPort, FlowAction } from '@midonet/flow';
import { splitOutputs } from './translate.ts';

const out = (port: number): FlowAction => ({ kind: 'output', port: port as DpPort });

test('long lists of outputs are split, each part with the rewrites before it', () => {
  const push: FlowAction = { kind: 'pushVlan', tci: 5 };
  assert.deepEqual(splitOutputs([out(1), push, out(2), out(3)], 2), [
    [out(1), push, out(2)],
    [push, out(3)],
  ]);
});

test('a list that fits stays one, and one without outputs sends nothing', () => {
  assert.deepEqual(splitOutputs([out(1), out(2)], 2), [[out(1), out(2)]]);
  assert.deepEqual(splitOutputs([{ kind: 'popVlan' }], 2), []);
});
