import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceTag, floodTag, locationTag } from '@midonet/flow';
import {
  Devices,
  entityKey,
  type BridgeId,
  type Entity,
  type HostId,
  type PortId,
  type QosPolicyId,
  type QosRuleId,
} from '@midonet/topology';
import { ChangeTags } from './change-tags.ts';

const policyId = '00000000-0000-4000-8000-000000000001' as QosPolicyId;
const policy: Entity = { kind: 'qosPolicy', id: policyId, tenantId: '', name: 'p', description: '', shared: false };
const dscp = (mark: number): Entity => {
  const id = '00000000-0000-4000-8000-000000000002' as QosRuleId;
  return { kind: 'qosRule', type: 'dscp', id, policyId, mark };
};
const limit = (maxKbps: number): Entity => {
  const id = '00000000-0000-4000-8000-000000000003' as QosRuleId;
  return { kind: 'qosRule', type: 'bandwidth', id, policyId, maxKbps, maxBurstKb: 0, direction: 'egress' };
};

test('flows with the mark of a policy go when it has another mark, or goes itself, not when its limits change', () => {
  const devices = new Devices();
  const tags = (put: readonly Entity[], gone: readonly Entity[] = []): readonly string[] => {
    const found = new ChangeTags();
    const items = [
      ...put.map((value) => ({ key: entityKey(value), value })),
      ...gone.map((one) => ({ key: entityKey(one), value: undefined })),
    ];
    found.addDevices(devices.apply(items), devices);
    devices.qosPolicy(policyId);
    return [...found.tags];
  };
  const tag = deviceTag('qosPolicy', policyId);
  assert.deepEqual(tags([policy, dscp(46), limit(100)]), []);
  assert.deepEqual(tags([dscp(10)]), [tag]);
  assert.deepEqual(tags([limit(200)]), []);
  assert.deepEqual(tags([], [dscp(10)]), [tag]);
  assert.deepEqual(tags([dscp(0)]), [tag]);
  assert.deepEqual(tags([], [policy, dscp(0), limit(200)]), [tag]);
});

test('a port that starts, moves or stops concerns flows to it, and the floods of its bridge', () => {
  const devices = new Devices();
  const bridgeId = '00000000-0000-4000-8000-000000000011' as BridgeId;
  const id = '00000000-0000-4000-8000-000000000012' as PortId;
  const port: Entity = { kind: 'port', type: 'bridge', id, bridgeId, adminStateUp: true };
  devices.apply([{ key: entityKey(port), value: port }]);
  const tags = (host: string | undefined): readonly string[] => {
    const found = new ChangeTags();
    // brands: hosts of a test
    const row = host && ({ kind: 'portActive', portId: id, hostId: host as HostId, tunnelKey: 7 } as const);
    found.addDevices(devices.apply([{ key: `portActive/${id}`, value: row || undefined }]), devices);
    return [...found.tags];
  };
  const both = [locationTag(id), floodTag(bridgeId)];
  assert.deepEqual(tags('here'), both);
  assert.deepEqual(tags('there'), both);
  assert.deepEqual(tags(undefined), both);
});
