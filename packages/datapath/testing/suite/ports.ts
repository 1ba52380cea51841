import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DatapathError } from '../../src/index.ts';
import { frameOf } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { Rig } from '../rig.ts';

/** Ports that come, go and come back. */
export function portSuite(maker: HarnessMaker): void {
  describe('ports', () => {
    test('adding what is there returns its number', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const { name } = rig.interface(0);
        assert.deepEqual(rig.datapath.addPort({ kind: 'interface', name }), {
          port: rig.port(0),
          spec: { kind: 'interface', name },
          up: true,
        });
        assert.equal(rig.datapath.addPort(rig.harness.tunnel).port, rig.tunnelPort);
        assert.equal(rig.datapath.ports().length, 3);
      }));

    test('an interface that does not exist is an error that names it', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        assert.throws(
          () => rig.datapath.addPort({ kind: 'interface', name: 'nosuchif0' }),
          (error) =>
            error instanceof DatapathError && error.code === 'noSuchInterface' && /nosuchif0/.test(error.message),
        );
      }));

    test('a removed port takes its flows with it and forwards nothing', () =>
      Rig.with(maker, { interfaces: 3 }, async (rig) => {
        const sent = frameOf('udp4');
        const into = rig.put(rig.exact(sent, rig.port(0), [rig.output(1)]));
        const outOf = rig.put(rig.exact(sent, rig.port(1), [rig.output(2)]));
        const stays = rig.put(rig.exact(sent, rig.port(2), [rig.output(0)]));
        rig.datapath.removePort(rig.port(1));
        rig.datapath.removePort(rig.port(1));
        assert.deepEqual(
          rig.gone.map(({ id, why }) => ({ id, why })).sort((a, b) => a.id - b.id),
          [
            { id: into, why: 'portGone' },
            { id: outOf, why: 'portGone' },
          ],
        );
        rig.send(1, sent);
        rig.send(2, sent);
        await rig.expectOut(0, [sent]);
        assert.deepEqual(
          rig.datapath.dump().map(({ id }) => id),
          [stays],
        );
        assert.equal(rig.upcalls.length, 0, 'a removed port has no upcalls');
        assert.equal(rig.datapath.ports().length, 3);
      }));

    test('a removed tunnel port takes the flows to its peers with it; another one carries new ones', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const [sent, twice] = [frameOf('udp4'), frameOf('tcp4')];
        const alone = rig.put(rig.exact(sent, rig.port(0), [rig.tunnel(0, 7)]));
        const beside = rig.put(rig.exact(twice, rig.port(0), [rig.output(1), rig.tunnel(0, 7)]));
        rig.put(rig.exact(sent, rig.port(1), [rig.output(0)]));
        rig.datapath.removePort(rig.tunnelPort);
        const gone = (ids: readonly number[]): object[] => ids.map((id) => ({ id, why: 'portGone' }));
        assert.deepEqual(
          rig.gone.map(({ id, why }) => ({ id, why })).sort((a, b) => a.id - b.id),
          gone([alone, beside]),
        );
        assert.equal(rig.datapath.dump().length, 1);
        rig.datapath.addPort(rig.harness.tunnel);
        rig.put(rig.exact(sent, rig.port(0), [rig.tunnel(0, 7)]));
        rig.send(0, sent);
        await rig.expectTunnelled(0, [{ tunnelKey: 7, frame: sent }]);
      }));

    test('a vanished interface is told, output to it counted; it works again when it is back', () =>
      Rig.with(maker, { interfaces: 3 }, async (rig) => {
        const sent = frameOf('udp4');
        rig.put(rig.exact(sent, rig.port(0), [rig.output(1), rig.output(2)]));
        rig.interface(1).vanish();
        await rig.until('the change to be told', () => rig.portChanges.some(({ up }) => !up));
        assert.equal(rig.portChanges.at(-1)?.port, rig.port(1));
        assert.equal(rig.datapath.ports().find(({ port }) => port === rig.port(1))?.up, false);
        rig.send(0, sent);
        await rig.expectOut(2, [sent]);
        assert.equal(rig.datapath.counters().drops.outputGone, 1);
        rig.interface(1).appear();
        await rig.until('the interface to be back', () => rig.portChanges.at(-1)?.up === true);
        assert.equal(rig.portChanges.at(-1)?.port, rig.port(1), 'under the same number');
        rig.put(rig.exact(sent, rig.port(0), [rig.output(1)]));
        rig.send(0, sent);
        await rig.expectOut(1, [sent]);
        rig.send(1, frameOf('tcp4'));
        const upcalls = await rig.expectUpcalls(1);
        assert.equal(upcalls[0]?.inPort, rig.port(1));
      }));

    test('close can be called twice', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        await rig.datapath.close('remove');
        await rig.datapath.close('remove');
      }));
  });
}
