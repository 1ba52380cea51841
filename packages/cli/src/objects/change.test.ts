import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { change } from './change.ts';

type Thing = { readonly name: string; readonly up: boolean };
type Args = { readonly body: Partial<Thing>; readonly ifMatch: string };

/** Objects of which somebody else changes one before each of the first patches. */
function objects(meanwhile: readonly Partial<Thing>[]) {
  let thing: Thing = { name: 'a', up: true };
  let patches = 0;
  return {
    get: () => Promise.resolve({ ...thing }),
    patch: ({ body }: Args) => {
      const other = meanwhile[patches++];
      thing = { ...thing, ...other };
      if (other !== undefined) return Promise.reject(new ApiError({ kind: 'refused', status: 412, ...told }));
      return Promise.resolve((thing = { ...thing, ...body }));
    },
  };
}

const told = { endpoint: 'things.patch', message: 'If-Match: changed', violations: [] };

test('a change goes on when somebody else changed other members meanwhile, which stand', async () => {
  const both = await change(objects([{ name: 'b' }, { name: 'c' }]), {}, { up: false });
  assert.deepEqual(both, { name: 'c', up: false });
});

test('a change gives up, naming the member, when somebody else changed that one', async () => {
  await assert.rejects(change(objects([{ up: false }]), {}, { up: true, name: 'a' }), /somebody else changed up mean/);
});

test('a change ends when others never stop', async () => {
  const busy = Array.from({ length: 20 }, (_, n) => ({ name: `n${n}` }));
  await assert.rejects(change(objects(busy), {}, { up: false }), /If-Match/);
});
