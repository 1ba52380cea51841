import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

type Drops = readonly { readonly byId: string }[];

/** Two machines that talk, and one on a third host that looks on. */
describe('a mirror whose port is on a third host', () => {
  let cloud: Cloud;
  let reach: Reach;
  let tap = '';
  let mirror = '';

  before(async () => {
    cloud = new Cloud('mntap', 3);
    await cloud.start();
    const tenant = new Tenant(cloud, 'acme');
    const bridge = await tenant.bridge('net');
    const shown = await tenant.machine('vm1', { host: 'hv1', bridge, addresses: ['10.1.0.1/24', 'fd00:1::1/64'] });
    await tenant.machine('vm2', { host: 'hv2', bridge, addresses: ['10.1.0.2/24', 'fd00:1::2/64'] });
    tap = await tenant.machine('tap', { host: 'hv3', bridge: await tenant.bridge('watch') });
    mirror = await cloud.create('/mirrors', { toPortId: tap, conditions: [{ nwProto: 1 }, { nwProto: 58 }] });
    await cloud.update(`/ports/${shown}`, { inboundMirrorIds: [mirror], outboundMirrorIds: [mirror] });
    reach = new Reach(cloud);
    await reach.soon('vm1', '10.1.0.2');
  });

  after(() => cloud[Symbol.asyncDispose]());

  it('sees both directions of a conversation, as they are', async () => {
    await using seen = await Capture.start(cloud.net, 'tap', 'eth0');
    reach.yes('vm1', '10.1.0.2');
    reach.yes('vm1', 'fd00:1::2');
    // Each of the three pings.
    await seen.sees(/(?:10\.1\.0\.1 > 10\.1\.0\.2: ICMP echo request[^]*?){3}/);
    await seen.sees(/(?:10\.1\.0\.2 > 10\.1\.0\.1: ICMP echo reply[^]*?){3}/);
    await seen.sees(/(?:fd00:1::1 > fd00:1::2: .*echo request[^]*?){3}/);
    await seen.sees(/(?:fd00:1::2 > fd00:1::1: .*echo reply[^]*?){3}/);
    assert.doesNotMatch(seen.text, /ARP/, 'ARP meets no condition');
  });

  it('a port that takes no copies hurts nobody, and the loss counts by mirror', async () => {
    await cloud.update(`/ports/${tap}`, { adminStateUp: false });
    reach.yes('vm1', '10.1.0.2');
    const lost = async (): Promise<boolean> => {
      const { body } = await cloud.request('GET', '/drops?reason=mirrorUnreachable');
      return (body as Drops).some(({ byId }) => byId === mirror);
    };
    await until('the loss to be counted', lost);
    await cloud.update(`/ports/${tap}`, { adminStateUp: true });
    await using seen = await Capture.start(cloud.net, 'tap', 'eth0');
    await until('copies again', () => {
      reach.yes('vm1', '10.1.0.2');
      return seen.text.includes('echo reply');
    });
  });
});
