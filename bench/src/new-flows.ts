import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import type { DatapathEvents, Upcall } from '@midonet/datapath';
import { emptyKey, extractKey } from '@midonet/flow';
import { ethernet, frame, ipv4, udp, type Ip4 } from '@midonet/packet';
import { mac, ip, portId } from '@midonet/test/agent/items';
import { Offline } from '@midonet/test/agent/offline';
import { GATEWAY_RED, RED_MAC, tellSmallCloud } from '@midonet/test/agent/small-cloud';

/**
 * New flows a second through a whole agent on the memory datapath: upcalls in batches of 64, each
 * of another destination, through bridge, router and bridge; simulated, translated, installed and
 * executed. By the processor time of the one thread that does it, so a busy machine counts alike.
 */
const FLOWS = 50_000;
const BATCH = 64;

const offline = new Offline();
const host = new MemoryFabric().host('host');
for (const name of ['vm-red', 'vm-green', 'vm-blue']) host.interface(name).listen(() => undefined);
let events: DatapathEvents | undefined;
const agent = await offline.start(
  (given) => {
    events = given;
    return openMemory({ clock: () => offline.clock.now(), host }, given);
  },
  ['vm-red', 'vm-green', 'vm-blue'],
);
offline.welcome();
const first = Number(ip('10.2.1.0'));
const destinations = Array.from({ length: FLOWS }, (_, i) => (first + i) as Ip4);
tellSmallCloud(offline, agent.identity.id, destinations);
const inPort = agent.ports.get(portId(1))?.dpPort;
if (inPort === undefined || events === undefined) throw new Error('the port is not plugged');

const upcalls: Upcall[] = destinations.map((dst) => {
  const src = ip('10.1.0.10') as Ip4;
  const headers = [ethernet({ dst: mac(GATEWAY_RED), src: mac(RED_MAC) }), ipv4({ src, dst })] as const;
  const bytes = frame(...headers, udp({ srcPort: 1000, dstPort: 2000 }), new Uint8Array(18));
  const key = emptyKey();
  extractKey(bytes, bytes.length, inPort, 0, key);
  return { reason: 'miss', inPort, key, frame: bytes, fullLength: bytes.length, gsoSize: 0 };
});

const rounds: number[] = [];
for (let round = 0; round < 7; round++) {
  const start = process.threadCpuUsage();
  for (let i = 0; i < FLOWS; i += BATCH) events.onUpcalls(upcalls.slice(i, i + BATCH));
  const { user, system } = process.threadCpuUsage(start);
  rounds.push(FLOWS / ((user + system) / 1e6));
  const installed = agent.flows.table.size;
  if (installed !== FLOWS)
    throw new Error(`${installed} flows instead of ${FLOWS}: ${JSON.stringify(agent.flows.counters)}`);
  agent.datapath.delete(agent.datapath.dump().map(({ id }) => id));
  agent.flows.gone(
    [...agent.flows.table.ids()].map((id) => ({
      id,
      why: 'idle' as const,
      idleForMs: 0,
      tcpFlags: 0,
      packets: 0,
      bytes: 0,
    })),
  );
}
rounds.sort((a, b) => a - b);
const median = rounds[rounds.length >> 1] ?? 0;
console.log(
  `new flows/s, simulated and installed (memory datapath): ${Math.round(median)}  rounds ${rounds.map(Math.round).join(' ')}`,
);
await offline.close();
