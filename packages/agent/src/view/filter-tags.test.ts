import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceTag, ipAddrGroupTag, portGroupTag } from '@midonet/flow';
import { parseIp } from '@midonet/packet';
import { Devices, entityKey, parseId, type ChainId, type Entity, type IpAddrGroupId } from '@midonet/topology';
import type { PortGroupId, PortId, Rule, RuleId } from '@midonet/topology';
import { filterTags } from './filter-tags.ts';

const known = <T>(value: T | undefined): T => {
  assert.ok(value !== undefined);
  return value;
};
const uuid = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`;
const chainId = known(parseId<ChainId>(uuid(1)));
const groupId = known(parseId<PortGroupId>(uuid(2)));
const addressesId = known(parseId<IpAddrGroupId>(uuid(3)));
const portId = known(parseId<PortId>(uuid(4)));
const address = known(parseIp('2001:db8::1'));
const labels = { tenantId: '', name: '' };
const chain: Entity = { kind: 'chain', id: chainId, ...labels };
const group: Entity = { kind: 'portGroup', id: groupId, stateful: false, ...labels };
const addresses: Entity = { kind: 'ipAddrGroup', id: addressesId, ...labels };
const member: Entity = { kind: 'portGroupMember', groupId, portId };
const row: Entity = { kind: 'ipAddrGroupAddress', groupId: addressesId, address };
const rule = (n: number, type: 'accept' | 'drop' = 'accept'): Rule => {
  const condition = { invert: false, fragmentPolicy: 'any' } as const;
  return { kind: 'rule', type, id: known(parseId<RuleId>(uuid(n))), chainId, order: n, condition };
};

/** What each batch of changes means to flows, with everything looked at in between. */
function tagsOf(...batches: readonly { readonly put?: readonly Entity[]; readonly gone?: readonly Entity[] }[]) {
  const devices = new Devices();
  const all: string[][] = [];
  for (const { put = [], gone = [] } of batches) {
    const changes = devices.apply([
      ...put.map((value) => ({ key: entityKey(value), value })),
      ...gone.map((value) => ({ key: entityKey(value), value: undefined })),
    ]);
    all.push([...filterTags(changes)]);
    devices.chain(chainId);
    devices.portGroup(groupId);
    devices.ipAddrGroup(addressesId);
  }
  return all;
}

test('a chain is named when its rules change, not its labels', () => {
  const tag = deviceTag('chain', chainId);
  const [appeared, renamed, added, changed, gone] = tagsOf(
    { put: [chain, rule(5)] },
    { put: [{ ...chain, name: 'other' }] },
    { put: [rule(6)] },
    { put: [rule(6, 'drop')] },
    { gone: [chain, rule(5), rule(6)] },
  );
  assert.deepEqual([appeared, renamed, added, changed, gone], [[], [], [tag], [tag], [tag]]);
});

test('a group names exactly the ports and addresses that came or went', () => {
  const tags = tagsOf(
    { put: [group, addresses] },
    { put: [member, row] },
    { put: [{ ...group, name: 'other' }] },
    { gone: [member, row] },
    { gone: [group, addresses] },
  );
  const rows = [portGroupTag(groupId, portId), ipAddrGroupTag(addressesId, address)];
  const groups = [deviceTag('portGroup', groupId), deviceTag('ipAddrGroup', addressesId)];
  assert.deepEqual(tags, [[], rows, [], rows, groups]);
});
