import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { request } from 'node:http';
import { it } from 'node:test';
import { StatusServer } from '@midonet/agent';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import type { Ip4 } from '@midonet/packet';
import { DROP_REASONS } from '@midonet/flow';
import { arp, ARP_REQUEST, ethernet, frame, MAC_BROADCAST, MAC_ZERO } from '@midonet/packet';
import * as make from './items.ts';
import { Offline } from './offline.ts';
import { RED_MAC, tellSmallCloud } from './small-cloud.ts';

function ask(
  socketPath: string,
  method: string,
  path: string,
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method, path }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

it('the status socket is private and shows state, ports, drops, metrics and what-if traces', async () => {
  const offline = new Offline();
  const host = new MemoryFabric({ schedule: 'manual' }).host('host');
  for (const name of ['vm-red', 'vm-green', 'vm-blue']) host.interface(name).listen(() => undefined);
  const clock = (): number => offline.clock.now();
  const agent = await offline.start((events) => openMemory({ clock, host }, events), ['vm-red', 'vm-green']);
  const server = new StatusServer(agent);
  try {
    await server.listen();
    const path = agent.state.file('agent.sock');
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.match((await ask(path, 'GET', '/status')).text, /none: forwarding and simulating on what is known/);
    offline.welcome();
    tellSmallCloud(offline, agent.identity.id, [make.ip('10.2.0.10') as Ip4]);
    host
      .interface('vm-red')
      .send(frame(ethernet({ dst: make.mac(RED_MAC), src: make.mac(RED_MAC) }), new Uint8Array(46)));
    host.fabric.run();
    assert.match((await ask(path, 'GET', '/status')).text, /"state":"connected"/);
    assert.match((await ask(path, 'GET', '/ports')).text, /interface vm-blue does not exist on this host/);
    const drops: unknown = JSON.parse((await ask(path, 'GET', '/drops')).text);
    const by = { kind: 'bridge', id: make.bridgeId(1) };
    assert.deepEqual(drops, [{ reason: 'sameSourceAndDestination', port: make.portId(1), by, packets: 1 }]);
    assert.ok('sameSourceAndDestination' in DROP_REASONS);
    assert.match((await ask(path, 'GET', '/metrics')).text, /midonet_agent_ports_active 2/);
    const sender = { senderMac: make.mac(RED_MAC), senderIp: make.ip('10.1.0.10') as Ip4 };
    const target = { targetMac: MAC_ZERO, targetIp: make.ip('10.1.0.1') as Ip4 };
    const query = arp({ operation: ARP_REQUEST, ...sender, ...target });
    const bytes = frame(ethernet({ dst: MAC_BROADCAST, src: make.mac(RED_MAC) }), query);
    const asked = JSON.stringify({ port: make.portId(1), frame: Buffer.from(bytes).toString('hex') });
    const trace = await ask(path, 'POST', '/trace', asked);
    assert.match(trace.text, /"kind":"consume","reason":"arpReply"/);
    assert.equal((await ask(path, 'POST', '/trace', '{"port":"x"}')).status, 400);
    assert.equal((await ask(path, 'GET', '/nothing')).status, 404);
  } finally {
    server.close();
    await offline.close();
  }
});
