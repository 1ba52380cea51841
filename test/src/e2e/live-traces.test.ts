import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TracedPacketDto } from '@midonet/contract';
import { Cloud } from '../lab/cloud.ts';
import { servePages } from '../lab/pages.ts';
import { Reach } from '../lab/reach.ts';
import { must, until, type Daemon } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

/** Pages on one hypervisor, read from another through a router that hides who reads. */
describe('a trace request on live TCP through source NAT', () => {
  let cloud: Cloud;
  let reach: Reach;
  let pages: Daemon | undefined;
  let router = '';
  let request = '';

  before(async () => {
    cloud = new Cloud('mntrq', 2);
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const [inside, outside] = [await tenant.bridge('inside'), await tenant.bridge('outside')];
    router = await tenant.router('edge');
    await tenant.join(inside, router, ['10.1.0.1/24']);
    const { down: out } = await tenant.join(outside, router, ['10.2.0.1/24']);
    const [incoming, outgoing] = [
      await cloud.create('/chains', { name: 'in' }),
      await cloud.create('/chains', { name: 'out' }),
    ];
    await cloud.create(`/chains/${incoming}/rules`, { type: 'rev_snat', flowAction: 'accept' });
    const natTargets = [{ addressFrom: '10.2.0.1', addressTo: '10.2.0.1', portFrom: 20_000, portTo: 30_000 }];
    const snat = { type: 'snat', flowAction: 'accept', outPorts: [out], nwProto: 6, natTargets };
    await cloud.create(`/chains/${outgoing}/rules`, snat);
    await cloud.update(`/routers/${router}`, { inboundFilterId: incoming, outboundFilterId: outgoing });
    await tenant.machine('web', { host: 'hv1', bridge: inside, addresses: ['10.1.0.10/24'], gateways: ['10.1.0.1'] });
    await tenant.machine('site', { host: 'hv2', bridge: outside, addresses: ['10.2.0.10/24'], gateways: ['10.2.0.1'] });
    pages = servePages(cloud.net, 'site', { address: '10.2.0.10', port: 80 });
    await until('a page', () => fetchPage() === 'site', { detail: () => reach.logs(), timeoutMs: 60_000 });
    const condition = { nwProto: 6, nwSrcAddress: '10.1.0.10', tpDst: { start: 80, end: 80 } };
    const body = { name: 'slow', deviceType: 'ROUTER', deviceId: router, condition, limit: 30, enabled: true };
    request = await cloud.create('/traces', body);
  });

  after(async () => {
    await pages?.stop('SIGKILL');
    await cloud[Symbol.asyncDispose]();
  });

  const fetchPage = (): string => cloud.net.exec('web', ['curl', '-sS', '-m', '5', 'http://10.2.0.10/']).stdout;
  const traced = async (): Promise<readonly TracedPacketDto[]> =>
    (await cloud.request('GET', `/traces/${request}/packets`)).body as readonly TracedPacketDto[];

  it('shows request and answer of a connection as one, with the steps of both hosts', async () => {
    let packets: readonly TracedPacketDto[] = [];
    const whole = (): boolean =>
      [['forward', 'hv1', 'hv2'] as const, ['return', 'hv2', 'hv1'] as const].every(([way, from, to]) =>
        packets.some((one) => one.way === way && one.host === from && one.arrivals.some(({ host }) => host === to)),
      );
    await until(
      'both directions',
      async () => {
        assert.equal(fetchPage(), 'site', reach.logs());
        packets = await traced();
        return whole();
      },
      { detail: () => JSON.stringify(packets, undefined, 1), timeoutMs: 60_000 },
    );
    const there = packets.find(({ way }) => way === 'forward');
    const back = packets.find(({ way, flow }) => way === 'return' && flow === there?.flow);
    assert.match(there?.flow ?? '', /^tcp 10\.1\.0\.10 \d+ <> 10\.2\.0\.10 80$/);
    assert.ok(
      there?.steps.some(({ action }) => action.kind === 'rule'),
      'the rule that translates',
    );
    assert.match(there?.arrivals[0]?.packet ?? '', /10\.2\.0\.1.*10\.2\.0\.10/, 'it comes out translated');
    assert.match(back?.packet ?? '', /10\.2\.0\.10.*10\.2\.0\.1/, 'the answer comes in translated');
    assert.match(back?.arrivals[0]?.packet ?? '', /10\.2\.0\.10.*10\.1\.0\.10/, 'and goes out as it should');
  });

  it('is told by the command line as a timeline of several hosts', () => {
    const words = ['timeline', 'slow', '--url', cloud.controllerUrl, '--token', cloud.token];
    const text = must(cloud.midonet('ctl', ...words));
    assert.match(text, /^tcp 10\.1\.0\.10 \d+ <> 10\.2\.0\.10 80: \d+ packets?$/m);
    assert.match(text, /hv1: in by [^]*snat[^]*hv2: out by /);
    assert.match(text, /hv2: in by .*, an answer, sent on/);
  });

  it('ends by itself: behind its limit connections have flows, and pages go on', async () => {
    const upcalls = async (): Promise<number> => {
      const all = await traced();
      return all.filter(({ host }) => host === 'hv1').length;
    };
    await until('the limit', async () => fetchPage() === 'site' && (await upcalls()) >= 30, { timeoutMs: 60_000 });
    for (let i = 0; i < 5; i++) assert.equal(fetchPage(), 'site');
    assert.equal(await upcalls(), 30);
  });
});
