import { writeFileSync } from 'node:fs';
import { median } from '../measure.ts';
import type { Spread } from './changes.ts';
import { bridgeOf } from './cloud.ts';
import type { Fleet } from './fleet.ts';
import { ScaleLab } from './lab.ts';
import { AGENTS_PER_BRIDGE, parseScaleOptions, PORTS_PER_AGENT, USAGE, type ScaleOptions } from './options.ts';

/** Ports made one after the other to see what one costs. */
const SAMPLE = 300;
/** The small cloud, as a share of the big one. */
const SMALL = 0.01;

const started = performance.now();

function progress(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

async function measureInLab(options: ScaleOptions): Promise<Record<string, number>> {
  const lab = await ScaleLab.open(options.etcd);
  try {
    return await measure(lab, options);
  } finally {
    await lab.close();
  }
}

async function measure(lab: ScaleLab, options: ScaleOptions): Promise<Record<string, number>> {
  const { cloud } = lab;
  const perWorker = Math.ceil(options.agents / options.workers);
  const bound = options.agents * PORTS_PER_AGENT;
  const inUse = Math.max(PORTS_PER_AGENT, Math.ceil(bound / AGENTS_PER_BRIDGE));
  const addFleet = (number: number): Promise<Fleet> => {
    const first = number * perWorker;
    const count = Math.min(perWorker, options.agents - first);
    progress(`agents ${first + 1} to ${first + count}`);
    return lab.addFleet(first, count, inUse);
  };
  const small = {
    routers: Math.ceil(options.routers * SMALL),
    bridges: Math.max(inUse, Math.ceil(options.bridges * SMALL)),
    ports: Math.max(bound, Math.ceil(options.ports * SMALL)),
  };
  progress(`a cloud of ${small.ports} ports on ${small.bridges} bridges`);
  await cloud.grow(small);
  await portCost(lab); // warm
  const port_ms_small = await portCost(lab);
  const one = await addFleet(0);
  const agentMebibytes = async (): Promise<number> => (await one.mebibytes()) / perWorker;
  const agent_mib_small = await agentMebibytes();

  progress(`a cloud of ${options.ports} ports on ${options.bridges} bridges behind ${options.routers} routers`);
  const [objects, growing] = [cloud.objects, performance.now()];
  await cloud.grow(options);
  const objects_per_s = ((cloud.objects - objects) * 1000) / (performance.now() - growing);
  const port_ms_big = await portCost(lab);
  const listing = performance.now();
  await lab.api.get('/ports');
  const ports_list_ms = performance.now() - listing;
  const agent_mib_big = await agentMebibytes();
  for (let worker = 1; worker < options.workers; worker++) await addFleet(worker);

  const holders = holdersOf(options.agents, inUse);
  const held = cloud.bridges.slice(0, inUse).map((id, bridge) => ({ id, holders: holders[bridge] ?? 0 }));
  const settling = performance.now();
  // Agents forget what no packet has needed for minutes.
  await lab.talk();
  await lab.changes.settled(lab.api, held);
  const settle_ms = performance.now() - settling;

  progress(`${options.rate} changes a second for ${options.seconds} s`);
  const spread: Spread = await lab.changes.run(lab.api, held, options);
  const etcd_mib = lab.etcdMebibytes;
  return {
    ...{ port_ms_small, port_ms_big, port_cost_ratio: port_ms_big / port_ms_small, objects_per_s, ports_list_ms },
    ...{ agent_mib_small, agent_mib_big, agent_mib_all: await agentMebibytes() },
    ...{ controller_mib: lab.controllerMebibytes, ...(etcd_mib !== undefined && { etcd_mib }), settle_ms, ...spread },
  };
}

/** Median milliseconds to make one port. */
async function portCost({ cloud }: ScaleLab): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < SAMPLE; i++) {
    const before = performance.now();
    await cloud.port(i % cloud.bridges.length);
    times.push(performance.now() - before);
  }
  return median(times);
}

/** How many agents have a guest on each bridge in use. */
function holdersOf(agents: number, inUse: number): number[] {
  const count = Array.from({ length: inUse }, () => 0);
  for (let agent = 0; agent < agents; agent++) {
    for (let guest = 0; guest < PORTS_PER_AGENT; guest++) count[bridgeOf(agent, guest, inUse)]! += 1;
  }
  return count;
}

try {
  const options = parseScaleOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else {
    const figures = await measureInLab(options);
    for (const [name, value] of Object.entries(figures)) {
      process.stdout.write(`${name.padEnd(20)} ${value.toFixed(value < 100 ? 2 : 0).padStart(10)}\n`);
    }
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(figures, null, 2)}\n`);
    process.exitCode = figures['changes_missing'] === 0 ? 0 : 1;
  }
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  process.stderr.write(`scale: ${error instanceof Error ? error.message : String(error)}${cause}\n`);
  process.exitCode = 1;
}
