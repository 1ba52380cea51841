import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatIp, parseIp } from '@midonet/packet';
import type { HostId, TopologyItem, TunnelZoneId } from '@midonet/topology';
import { Underlay } from './underlay.ts';

const member = (zone: string, host: string, address: string): TopologyItem => {
  const ip = parseIp(address);
  assert.ok(ip !== undefined);
  const [zoneId, hostId] = [zone as TunnelZoneId, host as HostId]; // any text serves as an id here
  return { key: `tunnelZoneMember/${zone}/${host}`, value: { kind: 'tunnelZoneMember', zoneId, hostId, address: ip } };
};

test('others may tunnel from each address they have in a zone of ours, and from no other', () => {
  const underlay = new Underlay('me' as HostId);
  underlay.apply([
    member('z1', 'me', '192.0.2.1'),
    member('z1', 'you', '192.0.2.2'),
    member('z2', 'me', '2001:db8::1'),
    member('z2', 'you', '2001:db8::2'),
    member('z3', 'you', '198.51.100.2'),
    member('z3', 'they', '198.51.100.3'),
  ]);
  const sources = (): string[] => [...underlay.sources].map((address) => formatIp(address)).sort();
  assert.deepEqual(sources(), ['192.0.2.2', '2001:db8::2']);
  underlay.apply([{ key: 'tunnelZoneMember/z1/you', value: undefined }]);
  assert.deepEqual(sources(), ['2001:db8::2']);
  underlay.apply([{ key: 'tunnelZoneMember/z2/me', value: undefined }]);
  assert.deepEqual(sources(), []);
});
