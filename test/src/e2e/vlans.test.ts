import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { inject } from '../lab/inject.ts';
import { Reach } from '../lab/reach.ts';
import { Tenant } from '../lab/tenant.ts';

const TRUNK_MAC = '020000000099';
const ON_THE_TRUNK = [
  { vlan: 100, machine: 'red' },
  { vlan: 200, machine: 'blue' },
] as const;

/**
 * A VLAN-aware bridge: a trunk where frames are tagged, and two plain bridges behind interior ports
 * where they are not. Both plain bridges have the same addresses.
 *
 *   trunk (hv1) ─ aware ┬ 100 ─ red-net ─ red (hv2)
 *   trunk2 (hv2) ───┘   └ 200 ─ blue-net ─ blue (hv2)
 */
describe('a VLAN-aware bridge', () => {
  let cloud: Cloud;
  const macs: Record<string, string> = {};

  before(async () => {
    cloud = new Cloud('mnvlan', 2);
    await cloud.start();
    const tenant = new Tenant(cloud, 'acme');
    const aware = await tenant.bridge('aware');
    for (const { vlan, machine } of ON_THE_TRUNK) {
      const bridge = await tenant.bridge(`${machine}-net`);
      await tenant.link(await tenant.bridgePort(aware, { vlanId: vlan }), await tenant.bridgePort(bridge));
      await tenant.machine(machine, { host: 'hv2', bridge, addresses: ['10.0.0.1/24'] });
      await tenant.machine(`${machine}2`, { host: 'hv1', bridge, addresses: ['10.0.0.2/24'] });
      macs[machine] = macOf(machine);
    }
    await tenant.machine('trunk', { host: 'hv1', bridge: aware, mac: '02:00:00:00:00:99' });
    await tenant.machine('trunk2', { host: 'hv2', bridge: aware });
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  for (const { vlan, machine } of ON_THE_TRUNK) {
    const other = machine === 'red' ? 'blue' : 'red';

    it(`answers VLAN ${vlan} from ${machine}, tagged on the trunk and untagged at the machine`, async () => {
      await using trunk = await Capture.start(cloud.net, 'trunk', 'eth0');
      await using inside = await Capture.start(cloud.net, machine, 'eth0');
      await using beside = await Capture.start(cloud.net, other, 'eth0');
      send('trunk', arpRequest(vlan));
      const mac = macs[machine] ?? '';
      await trunk.sees(new RegExp(`${mac} > 02:00:00:00:00:99.*vlan ${vlan},.*Reply 10\\.0\\.0\\.1 is-at ${mac}`));
      await inside.sees(/02:00:00:00:00:99 > ff:ff:ff:ff:ff:ff.*ethertype ARP.*who-has 10\.0\.0\.1/);
      assert.doesNotMatch(inside.text, /vlan/);
      send('trunk', echoRequest(vlan, mac));
      await trunk.sees(new RegExp(`${mac} > 02:00:00:00:00:99.*vlan ${vlan},.*echo reply, id 7, seq 1`));
      assert.doesNotMatch(beside.text, /10\.0\.0\.99/);
    });
  }

  it('passes a tag without an interior port between trunks only', async () => {
    await using trunk2 = await Capture.start(cloud.net, 'trunk2', 'eth0');
    await using red = await Capture.start(cloud.net, 'red', 'eth0');
    send('trunk', arpRequest(300));
    await trunk2.sees(/vlan 300,.*who-has 10\.0\.0\.1/);
    assert.doesNotMatch(red.text, /who-has/);
  });

  it('keeps the plain bridges apart, though they meet in the aware one', () => {
    const reach = new Reach(cloud);
    for (const { machine } of ON_THE_TRUNK) reach.yes(`${machine}2`, '10.0.0.1');
    const neighbour = cloud.net.ip('red2', 'neigh', 'show', '10.0.0.1');
    assert.match(neighbour, new RegExp(macs['red'] ?? ''));
    assert.match(cloud.net.ip('blue2', 'neigh', 'show', '10.0.0.1'), new RegExp(macs['blue'] ?? ''));
  });

  const send = (vm: string, frame: Uint8Array): void => {
    assert.equal(inject(cloud.net, vm, 'eth0', [frame]), 1);
  };

  function macOf(vm: string): string {
    return /link\/ether (\S+)/.exec(cloud.net.ip(vm, 'link', 'show', 'eth0'))?.[1] ?? '';
  }
});

/** Who has 10.0.0.1? Tell 10.0.0.99, behind a tag. */
function arpRequest(vlan: number): Uint8Array {
  return bytes(
    `ffffffffffff ${TRUNK_MAC} 8100 ${tci(vlan)} 0806 0001 0800 06 04 0001`,
    `${TRUNK_MAC} 0a000063 000000000000 0a000001 ${'00'.repeat(18)}`,
  );
}

/** Echo request 7/1 from 10.0.0.99 to 10.0.0.1; both checksums are right. */
function echoRequest(vlan: number, to: string): Uint8Array {
  return bytes(
    `${to.replaceAll(':', '')} ${TRUNK_MAC} 8100 ${tci(vlan)} 0800`,
    '4500001c 00010000 4001667d',
    '0a000063 0a000001 0800f7f7 00070001',
  );
}

function tci(vlan: number): string {
  return vlan.toString(16).padStart(4, '0');
}

function bytes(...hex: string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.join('').replaceAll(' ', ''), 'hex'));
}
