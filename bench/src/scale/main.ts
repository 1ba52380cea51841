import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { median } from '../measure.ts';
import { MidonetApi } from '../midonet-api.ts';
import { midonetCommand, newToken, residentMebibytes } from '../midonet-program.ts';
import { Running, until } from '../shell.ts';
import { Changes } from './changes.ts';
import { bridgeOf, inLanes, ScaleCloud } from './cloud.ts';
import { Fleet } from './fleet.ts';
import { AGENTS_PER_BRIDGE, parseScaleOptions, PORTS_PER_AGENT, USAGE, type ScaleOptions } from './options.ts';

/** Ports made one after the other to see what one costs. */
const SAMPLE = 300;
/** The small cloud, as a share of the big one. */
const SMALL = 0.01;

const started = performance.now();

function progress(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

async function main(options: ScaleOptions): Promise<Record<string, number>> {
  const state = mkdtempSync(join(tmpdir(), 'midonet-scale-'));
  const [token, port] = [newToken(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const words = ['--listen', `127.0.0.1:${port}`, '--state', join(state, 'controller'), '--log-level', 'warn'];
  const controller = new Running(midonetCommand('controller', ...words), { MIDONET_TOKEN: token });
  const changes = new Changes();
  const fleets: Fleet[] = [];
  try {
    const api = new MidonetApi((to, init) => fetch(to, init), url, token);
    await until('the controller to answer', () => {
      if (controller.ended) throw new Error(`the controller ended: ${controller.output}`);
      return api.answers();
    });
    const cloud = new ScaleCloud(api);
    const zone = await api.create('/tunnel_zones', { name: 'scale', type: 'vxlan' });
    const figures: Record<string, number> = {};
    const perWorker = Math.ceil(options.agents / options.workers);
    const inUse = Math.max(PORTS_PER_AGENT, Math.ceil((options.agents * PORTS_PER_AGENT) / AGENTS_PER_BRIDGE));

    const addFleet = async (): Promise<Fleet> => {
      const first = fleets.length * perWorker;
      const count = Math.min(perWorker, options.agents - first);
      progress(`agents ${first + 1} to ${first + count}`);
      const fleet = new Fleet((seen) => changes.saw(seen));
      fleets.push(fleet);
      const hosts = await fleet.start({ url, token, state, first, count });
      await inLanes(hosts, async ({ id, address, number }) => {
        await api.post(`/tunnel_zones/${zone}/hosts`, { hostId: id, ipAddress: address });
        for (let guest = 0; guest < PORTS_PER_AGENT; guest++) {
          const bridge = bridgeOf(number, guest, inUse);
          const at = Math.floor((number * PORTS_PER_AGENT + guest) / inUse);
          await cloud.bind(id, cloud.ports[bridge]?.[at] ?? '', guest);
        }
      });
      await fleet.talk(PORTS_PER_AGENT);
      return fleet;
    };
    /** Median milliseconds to make one port. */
    const portCost = async (): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < SAMPLE; i++) {
        const before = performance.now();
        await cloud.port(i % cloud.bridges.length);
        times.push(performance.now() - before);
      }
      return median(times);
    };

    const bound = options.agents * PORTS_PER_AGENT;
    const small = {
      routers: Math.ceil(options.routers * SMALL),
      bridges: Math.max(inUse, Math.ceil(options.bridges * SMALL)),
      ports: Math.max(bound, Math.ceil(options.ports * SMALL)),
    };
    progress(`a cloud of ${small.ports} ports on ${small.bridges} bridges`);
    await cloud.grow(small);
    await portCost(); // warm
    figures['port_ms_small'] = await portCost();
    const one = await addFleet();
    figures['agent_mib_small'] = (await one.mebibytes()) / perWorker;
    progress(`a cloud of ${options.ports} ports on ${options.bridges} bridges behind ${options.routers} routers`);
    const [before, objects] = [performance.now(), cloud.objects];
    await cloud.grow(options);
    figures['objects_per_s'] = ((cloud.objects - objects) * 1000) / (performance.now() - before);
    figures['port_ms_big'] = await portCost();
    figures['port_cost_ratio'] = figures['port_ms_big'] / figures['port_ms_small'];
    figures['agent_mib_big'] = (await one.mebibytes()) / perWorker;
    while (fleets.length < options.workers) await addFleet();
    figures['agent_mib_all'] = (await one.mebibytes()) / perWorker;
    figures['controller_mib'] = residentMebibytes(controller.pid);
    progress(`${options.rate} changes a second for ${options.seconds} s`);
    const held = cloud.bridges
      .slice(0, inUse)
      .map((id, bridge) => ({ id, holders: holders(bridge, options.agents, inUse) }));
    const spread = await changes.run(api, held, options);
    return { ...figures, ...spread };
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.stop()));
    await controller.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

/** Agents with a guest on a bridge. */
function holders(bridge: number, agents: number, inUse: number): number {
  let count = 0;
  for (let agent = 0; agent < agents; agent++) {
    for (let guest = 0; guest < PORTS_PER_AGENT; guest++) if (bridgeOf(agent, guest, inUse) === bridge) count++;
  }
  return count;
}

try {
  const options = parseScaleOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else {
    const figures = await main(options);
    for (const [name, value] of Object.entries(figures)) {
      process.stdout.write(`${name.padEnd(20)} ${value.toFixed(value < 100 ? 2 : 0).padStart(10)}\n`);
    }
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
    process.exitCode = figures['changes_missing'] === 0 ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`scale: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
