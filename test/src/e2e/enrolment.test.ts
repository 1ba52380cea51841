import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

/** Two hypervisors whose agents never see a token of the controller that opens more than their host. */
describe('hosts with credentials of their own', () => {
  let cloud: Cloud;
  let reach: Reach;
  let port: string;

  /** Without Accept a POST answers where the object is, and the token is shown in the answer alone. */
  const enrolment = async (name: string): Promise<string> => {
    const answer = await cloud.fetch(`${cloud.controllerUrl}/midonet-api/enrolments`, {
      method: 'POST',
      headers: { 'x-auth-token': cloud.token, 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ name }),
    });
    const { token } = JSON.parse(await answer.text()) as { readonly token: string };
    return token;
  };

  before(async () => {
    cloud = new Cloud('mnenr', 2);
    await cloud.startController();
    for (const host of cloud.hosts) await cloud.startAgent(host, '--enrol', await enrolment(host));
    const zone = await cloud.create('/tunnel_zones', { name: 'underlay', type: 'vxlan' });
    for (const host of cloud.hosts) {
      const member = { hostId: await cloud.hostId(host), ipAddress: cloud.underlayAddress(host) };
      await cloud.create(`/tunnel_zones/${zone}/hosts`, member);
    }
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const bridge = await tenant.bridge('net');
    port = await tenant.machine('vm1', { host: 'hv1', bridge, addresses: ['10.0.0.1/24', 'fd00::1/64'] });
    await tenant.machine('vm2', { host: 'hv2', bridge, addresses: ['10.0.0.2/24', 'fd00::2/64'] });
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  it("carry traffic, and no agent has used an administrator's token", async () => {
    await reach.soon('vm1', '10.0.0.2');
    await reach.soon('vm2', 'fd00::1');
    assert.doesNotMatch(cloud.controller().output, /an agent uses an administrator/);
  });

  it('are cut off when revoked, get nothing from other hosts, and come back with a new enrolment', async () => {
    const id = await cloud.hostId('hv1');
    const { status } = await cloud.request('DELETE', `/hosts/${id}/credential`);
    assert.equal(status, 204);
    await cloud.active(port, false);
    await until('the agent to say why', () => /401/.test(cloud.agentStatus('hv1').controller.lastError ?? ''));
    assert.equal(await cloud.hostId('hv1'), undefined, 'it is not alive');
    await reach.notSoon('vm2', '10.0.0.1');
    await cloud.agent('hv1').stop();
    await cloud.startAgent('hv1', '--enrol', await enrolment('hv1'));
    assert.equal(await cloud.hostId('hv1'), id, 'it is the same host');
    await cloud.active(port);
    await reach.soon('vm1', '10.0.0.2');
  });
});
