import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, MOST_OPERATIONS, type Client } from '@midonet/contract';
import { change } from '../objects/change.ts';
import { inOneTransaction } from './one-transaction.ts';
import type { Change } from './plan.ts';
import { Recording } from './recording.ts';

const ID = '6f0c0000-0000-4000-8000-000000000001';

/** A client whose controller answers reads with a bridge, and a batch with that. */
function controller(status: number, body: unknown): { readonly client: Client; readonly asked: unknown[] } {
  const asked: unknown[] = [];
  const fetch: typeof globalThis.fetch = (_url, init) => {
    if (typeof init?.body === 'string') asked.push(JSON.parse(init.body));
    const there = init?.method === 'GET';
    const answer = there
      ? new Response(JSON.stringify(whole), { headers: { etag: '"seen.1"' } })
      : new Response(JSON.stringify(body), { status });
    return Promise.resolve(answer);
  };
  return { client: createClient({ baseUrl: 'http://x', fetch }), asked };
}

const LINKS = ['inboundFilter', 'outboundFilter', 'ports', 'peerPorts', 'macTable', 'macPortTemplate', 'arpTable'];
const OTHERS = ['vlanMacTableTemplate', 'vlanMacPortTemplate', 'dhcpSubnets', 'dhcpSubnet6s', 'uri'];
const whole = {
  ...Object.fromEntries([...LINKS, ...OTHERS].map((link) => [link, 'http://x'])),
  ...{ id: ID, name: 'red', adminStateUp: true, tenantId: null, shared: false, readOnly: false, vxLanPortId: null },
  ...{ inboundFilterId: null, outboundFilterId: null, qosPolicyId: null, inboundMirrorIds: [], outboundMirrorIds: [] },
  ...{ portIds: [], traceRequestIds: [], vxLanPortIds: [] },
};

const renamed: Change = {
  sign: '~',
  what: 'bridge red',
  run: (client) => change(client.bridges, { id: ID }, { name: 'blue' }, { name: 'red' }),
};
const made: Change = { sign: '+', what: 'chain in', run: (client) => client.chains.create({ body: { name: 'in' } }) };

test('what was seen is looked at first, then all is done', async () => {
  const { client, asked } = controller(200, { results: [] });
  await inOneTransaction(client, [made, renamed, renamed]);
  const patch = { method: 'PATCH', path: `/bridges/${ID}`, body: { name: 'blue' }, ifMatch: '*' };
  assert.deepEqual(asked, [
    {
      operations: [
        { method: 'PATCH', path: `/bridges/${ID}`, ifMatch: '"seen.1"', body: {} },
        { method: 'POST', path: '/chains', body: { name: 'in' } },
        patch,
        patch,
      ],
    },
  ]);
});

test('what somebody else changed meanwhile, and what is refused, is named', async () => {
  const refusal = (status: number, at: number, message: string) =>
    controller(status, { message, code: status, violations: [{ property: `operations.${at}.body`, message: 'no' }] })
      .client;
  await assert.rejects(inOneTransaction(refusal(412, 0, 'changed'), [made, renamed]), {
    code: 'conflict',
    message: `somebody else changed /bridges/${ID} meanwhile; nothing was done, apply again`,
  });
  await assert.rejects(inOneTransaction(refusal(409, 1, 'taken; nothing was done'), [made, renamed]), {
    code: 'conflict',
    message: /^chain in: taken; nothing was done/,
  });
  await assert.rejects(inOneTransaction(refusal(409, 2, 'taken'), [made, renamed]), { message: /^bridge red: taken/ });
});

test('more than a transaction takes is not asked for', async () => {
  const { client, asked } = controller(200, { results: [] });
  const many = Array.from({ length: MOST_OPERATIONS + 1 }, () => made);
  await assert.rejects(inOneTransaction(client, many), /10001 operations.*nothing was done/);
  await inOneTransaction(client, []);
  assert.deepEqual(asked, []);
});

test('what is yet to be made is read as it was said, and has no condition', async () => {
  const { client } = controller(200, { results: [] });
  const recording = new Recording(client);
  const other = '6f0c0000-0000-4000-8000-000000000002';
  await recording.client.bridges.create({ body: { id: other, name: 'new' } });
  await change(recording.client.bridges, { id: other }, { qosPolicyId: ID }, { qosPolicyId: null });
  assert.deepEqual(recording.guards, []);
  assert.deepEqual(
    recording.operations.map(({ method, path, ifMatch }) => [method, path, ifMatch]),
    [
      ['POST', '/bridges', undefined],
      ['PATCH', `/bridges/${other}`, '*'],
    ],
  );
});
