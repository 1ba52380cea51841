import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { hostileFrames } from '../lab/hostile-frames.ts';
import { inject } from '../lab/inject.ts';
import { until } from '../lab/shell.ts';

const SEED = Number(process.env['SEED'] ?? 20261123);

/** Guests, API clients and the machine itself misbehave; the neighbours must not notice. */
describe(`bad input (SEED=${SEED})`, () => {
  let cloud: Cloud;
  let bridge = '';
  let evilPort = '';

  before(async () => {
    cloud = new Cloud('mnbad', 2);
    await cloud.start();
    bridge = await cloud.create('/bridges', { name: 'net', tenantId: 'acme' });
    const router = await cloud.create('/routers', { name: 'r', tenantId: 'acme' });
    const up = await cloud.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
    const down = await cloud.create(`/routers/${router}/ports`, { type: 'Router', portSubnet: ['10.0.0.254/24'] });
    await cloud.create(`/ports/${up}/link`, { peerId: down });
    for (const [vm, host, address] of [
      ['good1', 'hv1', '10.0.0.1/24'],
      ['good2', 'hv2', '10.0.0.2/24'],
      ['evil', 'hv1', '10.0.0.66/24'],
    ] as const) {
      const port = await cloud.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
      await cloud.plug(vm, { host, port, addresses: [address] });
      if (vm === 'evil') evilPort = port;
    }
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  const ping = (to: string): boolean =>
    cloud.net.exec('good1', ['ping', '-n', '-c', '2', '-i', '0.2', '-W', '2', to]).code === 0;

  const stillGood = async (after: string): Promise<void> => {
    await until(`good1 to reach good2 and the router after ${after}`, () => ping('10.0.0.2') && ping('10.0.0.254'), {
      detail: () => cloud.hosts.map((host) => cloud.agent(host).output.slice(-3000)).join('\n'),
    });
    for (const host of cloud.hosts) assert.ok(cloud.agent(host).running, cloud.agent(host).output.slice(-3000));
  };

  it('takes malformed frames of every kind', async () => {
    const source = /link\/ether (\S+)/.exec(cloud.net.ip('evil', 'link', 'show', 'eth0'))?.[1] ?? '';
    const from = Buffer.from(source.replaceAll(':', ''), 'hex');
    const routerMac = (await cloud.request('GET', `/bridges/${bridge}/peer_ports`)).body as { portMac: string }[];
    const to = Buffer.from((routerMac[0]?.portMac ?? 'ffffffffffff').replaceAll(':', ''), 'hex');
    const frames = hostileFrames(goodFrames(to, from), 4000, SEED);
    const sent = inject(cloud.net, 'evil', 'eth0', frames);
    assert.ok(sent > 3000, `the guest's kernel took only ${sent} of ${frames.length}`);
    await stillGood('malformed frames');
  });

  it('keeps serving others while one port floods new flows', async () => {
    const frames = Array.from({ length: 20_000 }, (_, i) => {
      const frame = Uint8Array.from(
        goodFrames(Buffer.from('ffffffffffff', 'hex'), Buffer.from('020000000066', 'hex'))[0] ?? [],
      );
      frame.set([i & 255, i >> 8], 36);
      return frame;
    });
    inject(cloud.net, 'evil', 'eth0', frames);
    await stillGood('a flood of new flows');
  });

  it('answers malformed API bodies with 4xx and goes on', async () => {
    for (const body of [
      { name: 7 },
      { adminStateUp: 'yes' },
      [],
      'text',
      { id: 'not-a-uuid' },
      { tenantId: { a: 1 } },
    ]) {
      const { status } = await cloud.request('POST', '/bridges', body);
      assert.ok(status >= 400 && status < 500, `${JSON.stringify(body)} gave ${status}`);
    }
    const cut = await cloud.fetch(`${cloud.controllerUrl}/midonet-api/bridges`, {
      method: 'POST',
      headers: { 'x-auth-token': cloud.token, 'content-type': 'application/json' },
      body: '{"name": "x',
    });
    assert.equal(cut.status, 400);
    const nobody = await cloud.fetch(`${cloud.controllerUrl}/midonet-api/bridges`);
    assert.equal(nobody.status, 401);
    await stillGood('malformed API bodies');
  });

  it('notices an interface that vanishes and takes it back when it returns', async () => {
    cloud.net.ip('hv1', 'link', 'del', 'evil');
    await cloud.active(evilPort, false);
    await stillGood('a vanished interface');
    cloud.net.veth('evil', 'eth0', 'hv1', 'evil', 1450);
    cloud.net.ip('evil', 'addr', 'add', '10.0.0.66/24', 'dev', 'eth0');
    await cloud.active(evilPort, true);
    await until('good1 to reach the port again', () => ping('10.0.0.66'));
  });
});

/** Well-formed UDP, TCP-less ICMP, ARP and IPv6 frames that hostile ones are made from. */
function goodFrames(to: Uint8Array, from: Uint8Array): Uint8Array[] {
  const make = (hex: string): Uint8Array =>
    Uint8Array.from(Buffer.concat([to, from, Buffer.from(hex.replace(/\s/g, ''), 'hex')]));
  return [
    make('0800 4500002c00010000401166 7d0a0000420a000002 03e807d0 00180000 00000000000000000000000000000000'),
    make('0800 450000540001000040016656 0a0000420a0000fe 0800 f7ff 00000000' + '00'.repeat(56)),
    make('0806 0001080006040001 020000000066 0a000042 000000000000 0a0000fe'),
    make(
      '86dd 6000000000203a ff fe800000000000000000000000000066 ff0200000000000000000001ff000001' +
        '8700000000000000' +
        'fe800000000000000000000000000001' +
        '0101020000000066',
    ),
    make('8100 0064 0800 4500002c00010000401166 7d0a0000420a000002 03e807d0 00180000' + '00'.repeat(16)),
  ];
}
