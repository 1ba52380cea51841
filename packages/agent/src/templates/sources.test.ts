import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Datapath, SourceTable } from '@midonet/datapath';
import type { SourceRequest } from '@midonet/flow';
import { address, NatRig, range, ROUTER, TCP } from '../../test/nat-rig.ts';
import { Sources, type Client } from './sources.ts';

const PUBLIC = '203.0.113.1';
const RANGES = [range(PUBLIC, '1024-65535')];

/** What the datapath has of a client. */
class Table implements SourceTable {
  readonly number = 1;
  readonly to = new Map<number, number | 'ask'>();
  given: number[] = [];

  get count(): number {
    return this.given.length;
  }

  give(port: number): boolean {
    this.given.push(port);
    return true;
  }

  takeBack(): number[] {
    return this.given.splice(0);
  }

  map(port: number, to: number | 'ask' | undefined): void {
    if (to === undefined) this.to.delete(port);
    else this.to.set(port, to);
  }
}

class Bench {
  readonly tables: Table[] = [];
  readonly rig = new NatRig(
    {},
    {
      onMapped: (...endpoint) => this.sources.mapped(...endpoint),
      onShared: (...port) => this.sources.shared(...port),
    },
  );
  readonly sources = new Sources({
    datapath: () =>
      ({
        openSources: () => {
          const table = new Table();
          this.tables.push(table);
          return this.tables.length > 2 ? undefined : table;
        },
        closeSources: () => undefined,
      }) as unknown as Datapath,
    allocator: () => this.rig.allocator,
  });

  request(ends: string): SourceRequest {
    return this.rig.request(ends, RANGES, TCP);
  }

  hold(ends: string): Client {
    return this.sources.hold(this.request(ends), address(PUBLIC)) ?? assert.fail();
  }
}

test('the datapath gets ports that nobody else is given, and what is known of the client', () => {
  const bench = new Bench();
  bench.rig.blocks(PUBLIC, 100, 101, 102, 103, 104);
  const first = bench.rig.opened('10.0.0.1:5000 > 8.8.8.8:80', RANGES, TCP);
  bench.hold('10.0.0.1:5001 > 8.8.8.8:80');
  const [table] = bench.tables;
  assert.equal(table?.count, 256);
  assert.equal(table.to.get(5000), first.reply.dstPort);
  const port = bench.rig.port('10.0.0.2:6000 > 8.8.8.8:80', RANGES, TCP);
  assert.ok(!table.given.includes(port));
  bench.rig.close(first);
  assert.equal(table.to.get(5000), undefined);
});

test('a port that it chose is the connection’s, one that came to nothing is free again', () => {
  const bench = new Bench();
  bench.rig.blocks(PUBLIC, 100, 101, 102, 103);
  const client = bench.hold('10.0.0.1:5001 > 8.8.8.8:80');
  const [table] = bench.tables;
  const [one = 0, two = 0] = table?.given.splice(0, 2) ?? [];
  bench.sources.chosen(client, one);
  bench.rig.openedAs('10.0.0.1:5001 > 8.8.8.8:80', PUBLIC, one, TCP);
  assert.equal(table?.to.get(5001), one);
  bench.sources.unused(client, 5002, two);
  assert.equal(table.to.get(5002), undefined);
  assert.equal(client.reserved.has(two), false);
  bench.sources.letGo(client);
  assert.equal(table.count, 0);
  // All but the one in use can be had again.
  const again = bench.rig.allocator.reserve(bench.request('10.0.0.9:1 > 8.8.8.8:80'), address(PUBLIC), 1000);
  assert.equal(again.length, 4 * 64 - 1);
  assert.ok(!again.includes(one));
});

test('what has several owners, or another address, is asked about', () => {
  const bench = new Bench();
  bench.rig.blocks(PUBLIC, 100);
  bench.rig.openedAs('10.0.0.1:5001 > 8.8.8.8:80', '203.0.113.2', 7000, TCP);
  bench.hold('10.0.0.1:1 > 8.8.8.8:80');
  const [table] = bench.tables;
  assert.equal(table?.to.get(5001), 'ask');
  bench.rig.openedAs('10.0.0.1:5002 > 8.8.8.8:80', PUBLIC, 9000, TCP);
  assert.equal(table.to.get(5002), 9000);
  bench.rig.openedAs('10.0.0.7:5002 > 9.9.9.9:80', PUBLIC, 9000, TCP);
  assert.equal(table.to.get(5002), 'ask');
  bench.rig.openedAs('10.0.0.1:5003 > 8.8.8.8:80', PUBLIC, 9001, TCP);
  bench.rig.openedAs('10.0.0.1:5003 > 8.8.8.9:80', PUBLIC, 9002, TCP);
  assert.equal(table.to.get(5003), 'ask', 'it has two');
});

test('clients share a table, each address has one, and there is an end to them', () => {
  const bench = new Bench();
  const client = bench.hold('10.0.0.1:1 > 8.8.8.8:80');
  assert.equal(bench.hold('10.0.0.1:2 > 8.8.8.9:443'), client);
  assert.equal(bench.sources.hold(bench.request('10.0.0.1:1 > 8.8.8.8:80'), address('203.0.113.2')), undefined);
  bench.hold('10.0.0.2:1 > 8.8.8.8:80');
  assert.equal(bench.sources.hold(bench.request('10.0.0.3:1 > 8.8.8.8:80'), address(PUBLIC)), undefined);
  bench.sources.letGo(client);
  assert.deepEqual(bench.sources.lost(ROUTER, address(PUBLIC)).includes(client), true, 'it has a user still');
  bench.sources.letGo(client);
  assert.equal(bench.sources.lost(ROUTER, address(PUBLIC)).length, 1);
});
