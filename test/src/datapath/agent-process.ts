/**
 * A process that opens the datapath of its own namespace, joins interfaces v1 and v2 by flows, says
 * what it has, and waits to be killed. Arguments: state directory.
 */
import { openEbpf } from '@midonet/datapath/ebpf';
import { portFlow } from '@midonet/datapath/testing/ebpf';

const [stateDir = ''] = process.argv.slice(2);
const nothing = (): void => undefined;
const datapath = await openEbpf(
  { stateDir },
  { onUpcalls: nothing, onFlowsGone: nothing, onFlowsClosing: nothing, onPortChange: nothing },
);
const a = datapath.addPort({ kind: 'interface', name: 'v1' }).port;
const b = datapath.addPort({ kind: 'interface', name: 'v2' }).port;
datapath.put([
  portFlow(
    a,
    [
      { kind: 'decTtl', by: 1 },
      { kind: 'output', port: b },
    ],
    { cookie: 1, ttlAbove: 1, mtu: 1400 },
  ),
  portFlow(b, [{ kind: 'clone', actions: [{ kind: 'output', port: a }] }], { cookie: 2, idleMs: 60_000 }),
]);
process.stdout.write(`${JSON.stringify({ a, b, ids: datapath.dump().map(({ id }) => id) })}\n`);
