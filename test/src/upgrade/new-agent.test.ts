import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Agent, systemClock } from '@midonet/agent';
import { ExchangeHub, FabricLinks } from '@midonet/agent/testing';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { Station } from '../agent/station.ts';
import { until } from '../agent/rig.ts';
import { OldController } from './old-controller.ts';
import { IDS, WATCH_1 } from './recorded-watch.ts';

const nothing = (): void => undefined;

test('an agent works with the recorded controller of watch protocol 1', async () => {
  const controller = new OldController();
  const stateDir = mkdtempSync(join(tmpdir(), 'midonet-upgrade-'));
  writeFileSync(join(stateDir, 'host-id'), `${IDS.one}\n`);
  const links = new FabricLinks(new MemoryFabric().host('one'), '10.255.0.1');
  links.add('web');
  const agent = await Agent.start(
    { controllerUrls: ['http://old'], hostName: 'one', stateDir },
    {
      clock: systemClock,
      uptime: () => systemClock.now(),
      wall: Date.now,
      openSocket: new ExchangeHub().open,
      random: () => 0.5,
      logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
      dial: controller.dial,
      openDatapath: (events) => openMemory({ clock: () => systemClock.now(), host: links.host }, events),
      openLinks: (onChange) => links.open(onChange),
    },
  );
  try {
    await until(
      'the port',
      () => agent.ports.size === 1,
      () => JSON.stringify(agent.connection.status),
      60_000,
    );
    assert.equal(agent.connection.status.version, 1);
    const web = new Station(links.host.interface('web'), {
      name: 'web',
      address: '10.1.0.10',
      gateway: '10.1.0.1',
      port: IDS.web,
    });
    await web.ping('10.1.0.1');
    web.udp('203.0.113.1', 1000);
    await until(
      'a lease of ports for the translated source',
      () => controller.heard.some(({ op }) => op === 'natLease'),
      () => JSON.stringify(controller.heard.at(-1)),
      60_000,
    );
    const topics = (frames: readonly { op: string; topic?: unknown }[]): string[] =>
      frames.flatMap((frame) => (frame.op === 'subscribe' ? [JSON.stringify(frame.topic)] : []));
    const then = topics(WATCH_1.flatMap(({ from, frame }) => (from === 'agent' ? [frame] : [])));
    await until(
      'the topics of the recorded agent',
      () => then.every((topic) => topics(controller.heard).includes(topic)),
      () => topics(controller.heard).join('\n'),
      60_000,
    );
    assert.deepEqual(controller.refused, []);
    assert.equal(agent.connection.unreadable, 0);
    assert.equal(agent.items.undecodable, 0);
  } finally {
    await agent.stop('keep');
    rmSync(stateDir, { recursive: true, force: true });
  }
});
