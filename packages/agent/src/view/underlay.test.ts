import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tunnelTag } from '@midonet/flow';
import { formatIp, parseIp } from '@midonet/packet';
import fc from 'fast-check';
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

test('taken in bit by bit it is what it is taken in at once', () => {
  const hosts = ['me', 'a', 'b', 'c', 'd'];
  const step = fc.record({
    zone: fc.constantFrom('z1', 'z2', 'z3'),
    host: fc.constantFrom(...hosts),
    address: fc.option(fc.constantFrom('192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1'), { nil: undefined }),
  });
  const shown = (underlay: Underlay): unknown => ({
    peers: [...underlay.peers].map(([host, address]) => `${host} ${formatIp(address)}`).sort(),
    count: underlay.peers.size,
    sources: [...underlay.sources].map((address) => formatIp(address)).sort(),
    local: underlay.local.map(({ zoneId, address }) => `${zoneId} ${formatIp(address)}`),
  });
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 30 }), (batches) => {
      const one = new Underlay('me' as HostId);
      const all = new Map<string, TopologyItem>();
      const reached = new Map<string, string | undefined>();
      const addressOf = (host: string): string | undefined => {
        const address = one.peer(host as HostId);
        return address === undefined ? undefined : formatIp(address);
      };
      for (const batch of batches) {
        const items = batch.map(({ zone, host, address }) =>
          address === undefined
            ? { key: `tunnelZoneMember/${zone}/${host}`, value: undefined }
            : member(zone, host, address),
        );
        const tags = one.apply(items);
        for (const item of items) {
          if (item.value === undefined) all.delete(item.key);
          else all.set(item.key, item);
        }
        for (const host of hosts) {
          const told = tags.includes(tunnelTag(host));
          assert.equal(told, reached.get(host) !== addressOf(host), `${host} is reached differently, or not`);
          reached.set(host, addressOf(host));
        }
        const other = new Underlay('me' as HostId);
        other.apply([...all.values()]);
        assert.deepEqual(shown(one), shown(other));
      }
    }),
  );
});

test('the set of sources is the same as long as nothing in it changes', () => {
  const underlay = new Underlay('me' as HostId);
  underlay.apply([member('z1', 'me', '192.0.2.1'), member('z1', 'you', '192.0.2.2')]);
  const { sources } = underlay;
  underlay.apply([member('z1', 'you', '192.0.2.2'), member('z9', 'they', '198.51.100.3')]);
  assert.equal(underlay.sources, sources);
  underlay.apply([member('z1', 'you', '192.0.2.3')]);
  assert.notEqual(underlay.sources, sources);
});

test('an address is of its last host, and of the one before when that one leaves', () => {
  const underlay = new Underlay('me' as HostId);
  underlay.apply([member('z1', 'me', '192.0.2.1'), member('z1', 'you', '192.0.2.2')]);
  const [, address] = [...underlay.peers][0] ?? [];
  assert.ok(address !== undefined);
  assert.equal(underlay.hostAt(address), 'you');
  underlay.apply([member('z1', 'they', '192.0.2.2')]);
  assert.equal(underlay.hostAt(address), 'they');
  assert.deepEqual([...underlay.peers.keys()], ['you', 'they']);
  assert.equal(underlay.peers.size, 2);
  underlay.apply([{ key: 'tunnelZoneMember/z1/they', value: undefined }]);
  assert.equal(underlay.hostAt(address), 'you');
  assert.equal(underlay.peers.size, 1);
  underlay.apply([{ key: 'tunnelZoneMember/z1/you', value: undefined }]);
  assert.equal(underlay.hostAt(address), undefined);
  assert.equal(underlay.peers.size, 0);
});
