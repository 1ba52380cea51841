import type { TunnelKey, DpPort } from '@midonet/flow';
import type { PortId } from '@midonet/topology';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BIG_TCP_BYTES, BigTcp, type GsoDevices } from './big-tcp.ts';
import type { HostLink } from './links.ts';
import { LocalPorts } from './local-ports.ts';

const USUAL = 65_536;
const UNDERLAYS = new Set(['eth0']);

function linkOf(ifindex: number, name: string, over: Partial<HostLink> = {}): HostLink {
  const sizes = { gsoMaxSize: USUAL, tsoMaxSize: 524_280 };
  return { ifindex, name, mtu: 1500, up: true, carrier: true, kind: 'veth', addresses: [], ...sizes, ...over };
}

/** A host with an underlay eth0 and a machine vm, whose sizes change as the agent sets them. */
function rig(wanted: boolean, devices: Partial<GsoDevices> = {}, underlay: Partial<HostLink> = {}) {
  const links = new Map([
    [1, linkOf(1, 'eth0', underlay)],
    [2, linkOf(2, 'vm', { peerElsewhere: true })],
  ]);
  const ports = new LocalPorts();
  // brand: any will do
  ports.add({ portId: 'p' as PortId, interfaceName: 'vm', dpPort: 1 as DpPort, tunnelKey: 1 as TunnelKey });
  const done: string[] = [];
  const warned: string[] = [];
  const own = (ifindex: number, bytes: number): void => {
    const link = links.get(ifindex) ?? assert.fail(`no link ${ifindex}`);
    links.set(ifindex, { ...link, gsoMaxSize: bytes });
    done.push(`${link.name} ${bytes}`);
  };
  const peer = (ifindex: number, bytes: number): boolean => done.push(`peer of ${ifindex} ${bytes}`) > 0;
  const nothing = (): void => undefined;
  const logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (_: object, text: string) => warned.push(text),
  };
  const bigTcp = new BigTcp({ wanted, devices: { own, peer, ...devices }, logger });
  const reconcile = (): void => bigTcp.reconcile([...links.values()], UNDERLAYS, ports);
  return { bigTcp, links, done, warned, reconcile };
}

test('the underlay is raised before machines, each once; undone it is as before', () => {
  const { bigTcp, links, done, reconcile } = rig(true);
  reconcile();
  const raised = [`eth0 ${BIG_TCP_BYTES}`, `peer of 2 ${BIG_TCP_BYTES}`, `vm ${BIG_TCP_BYTES}`];
  assert.deepEqual(done.splice(0), raised);
  reconcile();
  assert.deepEqual(done, []);
  bigTcp.undo([...links.values()]);
  assert.deepEqual(done, [`eth0 ${USUAL}`, `peer of 2 ${USUAL}`, `vm ${USUAL}`]);
});

test('what an earlier agent raised is lowered by one that is not to', () => {
  const { links, done, reconcile } = rig(false, {}, { gsoMaxSize: BIG_TCP_BYTES });
  links.set(2, linkOf(2, 'vm', { peerElsewhere: true, gsoMaxSize: BIG_TCP_BYTES }));
  reconcile();
  assert.deepEqual(done, [`eth0 ${USUAL}`, `peer of 2 ${USUAL}`, `vm ${USUAL}`]);
});

test('an underlay that takes less leaves all as it is, and is told of once for as long as it lasts', () => {
  for (const [tsoMaxSize, why] of [
    [USUAL, 'eth0 takes packets of at most 65536 bytes, not of 196608'],
    [0, 'this kernel has no BIG TCP for IPv4 (6.3 and later have)'],
  ] as const) {
    const { bigTcp, links, done, warned, reconcile } = rig(true, {}, { tsoMaxSize });
    reconcile();
    reconcile();
    assert.deepEqual(done, []);
    assert.deepEqual(warned, [`BIG TCP is off: ${why}`]);
    assert.deepEqual([...bigTcp.problems.values()], warned);
    links.set(1, linkOf(1, 'eth0'));
    reconcile();
    assert.equal(bigTcp.problems.size, 0);
  }
});

test('a failure is told once, and tried again', () => {
  let tries = 0;
  const own = (): void => {
    tries++;
    throw new Error('EPERM');
  };
  const { warned, reconcile } = rig(true, { own });
  reconcile();
  reconcile();
  assert.equal(tries, 2);
  assert.deepEqual(warned, ['cannot set the size of TCP packets of eth0: EPERM']);
});

test('a machine in a namespace without a name is left alone, and looked for once', () => {
  let looked = 0;
  const { links, done, reconcile } = rig(true, { peer: () => ++looked < 0 });
  reconcile();
  reconcile();
  assert.deepEqual([looked, done], [1, [`eth0 ${BIG_TCP_BYTES}`]]);
  const vm = links.get(2) ?? assert.fail('vm');
  links.delete(2);
  reconcile();
  links.set(2, vm);
  reconcile();
  assert.equal(looked, 2, 'what is gone is forgotten');
});
