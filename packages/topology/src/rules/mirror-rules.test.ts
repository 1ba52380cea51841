import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bridge,
  bridgeId,
  bridgePort,
  Cloud,
  mirror,
  mirrorId,
  portGroup,
  portGroupId,
  portId,
  router,
  routerPort,
} from '../../testing/cloud.ts';

const both = { inboundMirrorIds: [mirrorId(1), mirrorId(2)], outboundMirrorIds: [mirrorId(1)] };

test('a mirror that goes is taken off whoever shows it packets; others stay', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), bridgePort(1, 1), bridgePort(2, 1), mirror(1, 1), mirror(2, 1));
  assert.equal(await cloud.update('bridge', bridgeId(1), (one) => ({ ...one, ...both })), 'done');
  const ofPort = { postInFilterMirrorIds: [mirrorId(1)], preOutFilterMirrorIds: [mirrorId(2)] };
  assert.equal(await cloud.update('port', portId(2), (one) => ({ ...one, ...ofPort })), 'done');
  assert.equal(await cloud.remove('mirror', mirrorId(1)), 'done');
  const { inboundMirrorIds, outboundMirrorIds } = (await cloud.get('bridge', bridgeId(1))) ?? {};
  assert.deepEqual(
    { inboundMirrorIds, outboundMirrorIds },
    { ...both, inboundMirrorIds: [mirrorId(2)], outboundMirrorIds: undefined },
  );
  const port = await cloud.get('port', portId(2));
  assert.deepEqual([port?.postInFilterMirrorIds, port?.preOutFilterMirrorIds], [undefined, [mirrorId(2)]]);
});

test('the port that gets the copies takes its mirrors with it, and the far end of its link loses both', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), router(1), bridgePort(1, 1), mirror(1, 1), mirror(2, 1));
  await cloud.create(routerPort(2, 1, ['10.0.0.1/24'], { peerId: portId(1), ...both }));
  assert.equal(await cloud.remove('bridge', bridgeId(1)), 'done');
  const left = await cloud.get('port', portId(2));
  assert.deepEqual([left?.peerId, left?.inboundMirrorIds, left?.outboundMirrorIds], [undefined, undefined, undefined]);
  assert.deepEqual(
    [...cloud.table.rows.keys()].filter((key) => key.includes('mirror')),
    [],
  );
});

test('what a mirror names, and who names a mirror, is there', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), bridgePort(1, 1));
  assert.equal(await cloud.create(mirror(1, 9)), 'invalid toPortId');
  assert.equal(await cloud.create(mirror(1, 1, 3)), 'invalid conditions.0.inPortGroup');
  assert.equal(await cloud.create(bridgePort(2, 1, both)), 'invalid inboundMirrorIds');
  const change = (what: object) => cloud.update('bridge', bridgeId(1), (one) => ({ ...one, ...what }));
  assert.equal(await change({ outboundMirrorIds: [mirrorId(1)] }), 'invalid outboundMirrorIds');
  await cloud.create(mirror(1, 1));
  assert.equal(await change({ outboundMirrorIds: [mirrorId(1), mirrorId(1)] }), 'invalid outboundMirrorIds');
  assert.equal(
    await cloud.update('mirror', mirrorId(1), (one) => ({ ...one, toPortId: portId(9) })),
    'invalid toPortId',
  );
});

test('a group that a mirror asks about stays', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), bridgePort(1, 1), portGroup(3), mirror(1, 1, 3));
  assert.equal(await cloud.remove('portGroup', portGroupId(3)), 'inUse id');
  assert.equal(await cloud.remove('mirror', mirrorId(1)), 'done');
  assert.equal(await cloud.remove('portGroup', portGroupId(3)), 'done');
});

test('conditions are held to what those of rules are, each named by its place', async () => {
  const cloud = new Cloud();
  await cloud.create(bridge(1), bridgePort(1, 1));
  const [all] = mirror(1, 1).conditions;
  assert.ok(all);
  const slip = { ...all, noVlan: true, vlan: 5 } as const;
  assert.equal(await cloud.create({ ...mirror(1, 1), conditions: [all, slip] }), 'invalid conditions.1.vlan');
  assert.equal(await cloud.create({ ...mirror(1, 1), conditions: Array(65).fill(all) }), 'invalid conditions');
});
