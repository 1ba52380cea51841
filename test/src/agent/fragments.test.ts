import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ethernet, frame, ipv4, udp, type FramePart, type Mac } from '@midonet/packet';
import { ip4 } from '@midonet/simulation/testing';
import { Rig, until, type RigHost } from './rig.ts';
import type { Station } from './station.ts';

const UPLINK = '203.0.113.2';
const WORLD = '203.0.113.1';
/** Bytes of UDP in the first of two fragments. */
const FIRST_BYTES = 32;

/** Source NAT whose ports have to be leased and whose next hop has to be asked for: the first packet waits for both. */
describe('fragments of the first packet behind source NAT', () => {
  const rig = new Rig();
  let host: RigHost;
  let web: Station;
  let world: Station;
  let gateway: Mac;

  before(async () => {
    await rig.startController();
    host = await rig.host('one');
    const red = await rig.create('/bridges', { name: 'red', tenantId: 'acme' });
    const outside = await rig.create('/bridges', { name: 'outside', tenantId: 'acme' });
    const edge = await rig.create('/routers', { name: 'edge', tenantId: 'acme' });
    await rig.attach(edge, red, '10.1.0.1/24');
    const up = await rig.attach(edge, outside, `${UPLINK}/24`);
    const outgoing = await rig.create('/chains', { name: 'out' });
    const natTargets = [{ addressFrom: UPLINK, addressTo: UPLINK, portFrom: 1024, portTo: 65_535 }];
    await rig.create(`/chains/${outgoing}/rules`, { type: 'snat', flowAction: 'accept', natTargets, outPorts: [up] });
    const { body } = await rig.request('GET', `/routers/${edge}`);
    await rig.must('PUT', `/routers/${edge}`, { ...Object(body), outboundFilterId: outgoing });
    web = await rig.plug(host, red, 'web', '10.1.0.10', '10.1.0.1');
    world = await rig.plug(host, outside, 'world', WORLD);
    gateway = await web.resolve(ip4('10.1.0.1'));
  });

  after(() => rig.close());

  const send = (id: number, which: 'first' | 'later'): void => {
    const common = { src: web.ip, dst: ip4(WORLD), id, protocol: 17 } as const;
    const parts: FramePart[] =
      which === 'first'
        ? [
            ipv4({ ...common, moreFragments: true }),
            udp({ srcPort: 5000, dstPort: 53 }),
            new Uint8Array(FIRST_BYTES - 8),
          ]
        : [ipv4({ ...common, fragmentOffset: FIRST_BYTES }), new Uint8Array(8)];
    web.send(frame(ethernet({ dst: gateway, src: web.mac }), ...parts));
  };

  /** Source address and, of a first fragment, source port of the fragments that came out. */
  const arrived = (id: number): { readonly src: string; readonly port: number | undefined }[] =>
    world.frames.flatMap((bytes) => {
      const at = (offset: number): number => ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
      if (at(12) !== 0x0800 || at(18) !== id) return [];
      const isFirst = (at(20) & 0x1fff) === 0;
      return [{ src: bytes.slice(26, 30).join('.'), port: isFirst ? at(34) : undefined }];
    });

  for (const [id, how, ...order] of [
    [1, 'wait for it, and go where it goes', 'first', 'later'],
    [2, 'wait for it when they come earlier', 'later', 'first'],
  ] as const) {
    it(how, async () => {
      for (const which of order) send(id, which);
      await until(
        'both fragments',
        () => arrived(id).length === 2,
        () => `${world.log.join('\n')}\n${[...host.agent.parking.keys()].join('\n')}`,
      );
      const [first, later] = arrived(id);
      assert.deepEqual([first?.src, later?.src, later?.port], [UPLINK, UPLINK, undefined]);
      assert.ok((first?.port ?? 0) >= 1024, `source port ${first?.port}`);
      const [connection, ...more] = host.agent.connections.table.all();
      assert.deepEqual([connection?.reply.dstPort, more], [first?.port, []]);
    });
  }
});
