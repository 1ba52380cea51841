import assert from 'node:assert/strict';
import { test } from 'node:test';
import { id, MemoryNeutron } from '../../testing/memory-neutron.ts';

const [NETWORK, TAPPED, TAP, SERVICE, FLOW] = [id(1), id(2), id(3), id(4), id(5)];

function stored(): MemoryNeutron {
  const neutron = new MemoryNeutron();
  neutron.put('network', { id: NETWORK });
  for (const [port, last] of [
    [TAPPED, '01'],
    [TAP, '02'],
  ] as const) {
    neutron.put('port', {
      id: port,
      network_id: NETWORK,
      mac_address: `fa:16:3e:00:00:${last}`,
      device_owner: 'compute:nova',
    });
  }
  neutron.put('tapService', { id: SERVICE, name: 's', port_id: TAP });
  return neutron;
}

async function mirrors(neutron: MemoryNeutron): Promise<readonly unknown[]> {
  const all = await neutron.topology('port');
  const port = all.filter((one) => one.kind === 'port').find((one) => one.id === TAPPED);
  return [port?.preOutFilterMirrorIds, port?.postInFilterMirrorIds];
}

test('a service is a mirror of everything to its port', async () => {
  assert.deepEqual(await stored().topology('tapService'), [
    {
      ...{ kind: 'mirror', id: SERVICE, name: 's', toPortId: TAP },
      conditions: [{ invert: false, fragmentPolicy: 'any' }],
    },
  ]);
});

test('a tapped port shows what comes to the machine, what it may send, or both', async () => {
  const neutron = stored();
  const flow = (direction: string) => ({ id: FLOW, tap_service_id: SERVICE, source_port: TAPPED, direction });
  assert.deepEqual(await mirrors(neutron), [undefined, undefined]);
  neutron.put('tapFlow', flow('IN'));
  assert.deepEqual(await mirrors(neutron), [[SERVICE], undefined]);
  neutron.put('tapFlow', flow('out'));
  assert.deepEqual(await mirrors(neutron), [undefined, [SERVICE]]);
  neutron.put('tapFlow', flow('BOTH'));
  assert.deepEqual(await mirrors(neutron), [[SERVICE], [SERVICE]]);
  neutron.put('tapFlow', { ...flow('IN'), id: id(6) });
  assert.deepEqual(await mirrors(neutron), [[SERVICE], [SERVICE]]);
});

test('without the port of its service there is no mirror, and none is named', async () => {
  const neutron = stored();
  neutron.put('tapFlow', { id: FLOW, tap_service_id: SERVICE, source_port: TAPPED, direction: 'BOTH' });
  neutron.delete('port', TAP);
  assert.deepEqual(await neutron.topology('tapService'), []);
  assert.deepEqual(await mirrors(neutron), [undefined, undefined]);
});

test('nor is there one where nobody looks at the copies: behind an address that is kept, or a load balancer', async () => {
  for (const device_owner of ['network:floatingip', 'neutron:LOADBALANCERV2']) {
    const neutron = stored();
    neutron.put('port', { id: TAP, network_id: NETWORK, mac_address: 'fa:16:3e:00:00:02', device_owner });
    assert.deepEqual(await neutron.topology('tapService'), [], device_owner);
  }
});

test('a port has as many taps in a direction as it has places for mirrors', async () => {
  const neutron = stored();
  for (let n = 1; n <= 9; n++) {
    neutron.put('tapService', { id: id(10 + n), port_id: TAP });
    const flow = { tap_service_id: id(10 + n), source_port: TAPPED, direction: 'IN' };
    neutron.put('tapFlow', { id: id(20 + n), ...flow });
    const wrong = n <= 8 ? [] : [`source_port port ${TAPPED} has 8 taps in this direction, and can have no more`];
    assert.deepEqual(await neutron.wrong('tapFlow', id(20 + n)), wrong);
  }
});
