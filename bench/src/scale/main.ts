import { outliveReaders } from '@midonet/contract/process';
import { writeFileSync } from 'node:fs';
import { median } from '../measure.ts';
import type { Spread } from './changes.ts';
import { bridgeOf, type Size } from './cloud.ts';
import type { Fleet } from './fleet.ts';
import { ScaleLab } from './lab.ts';
import type { FleetMemory } from './messages.ts';
import { AGENTS_PER_BRIDGE, parseScaleOptions, PORTS_PER_AGENT, USAGE, type ScaleOptions } from './options.ts';

/** Ports made one after the other to see what one costs. */
const SAMPLE = 400;
/** The cloud that a port's cost is compared with, as a share of the big one. */
const SMALL = 0.01;

const started = performance.now();

function progress(line: string): void {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}\n`);
}

async function measureInLabs(options: ScaleOptions): Promise<Record<string, number>> {
  const small = await ScaleLab.open(options.etcd);
  try {
    const lab = await ScaleLab.open(options.etcd);
    try {
      return await measure(small, lab, options);
    } finally {
      await lab.close();
    }
  } finally {
    await small.close();
  }
}

async function measure(small: ScaleLab, lab: ScaleLab, options: ScaleOptions): Promise<Record<string, number>> {
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
  const part = share(options, inUse / options.bridges);
  const around = { ...part, bridges: inUse, ports: Math.max(bound, part.ports) };
  progress(`a cloud of ${around.ports} ports on ${around.bridges} bridges`);
  await cloud.grow(around);
  const one = await addFleet(0);
  const agents_small = await one.memory();

  progress(`a cloud of ${options.ports} ports on ${options.bridges} bridges behind ${options.routers} routers`);
  const [objects, growing] = [cloud.objects, performance.now()];
  await cloud.grow(options);
  const objects_per_s = ((cloud.objects - objects) * 1000) / (performance.now() - growing);
  // What guests' packets made goes when they are silent: it is as before when they speak.
  await lab.talk();
  const agents_big = await one.memory();
  const listing = performance.now();
  await lab.api.get('/ports');
  const ports_list_ms = performance.now() - listing;
  progress('what a port costs');
  await small.cloud.grow(share(options, SMALL));
  const portCosts = await comparePorts(small, lab);
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
  const agents_all = await one.memory();
  return {
    ...{ ...portCosts, objects_per_s, ports_list_ms },
    ...perAgent('small', agents_small, perWorker),
    ...perAgent('big', agents_big, perWorker),
    ...perAgent('all', agents_all, perWorker),
    ...{ controller_mib: lab.controllerMebibytes, ...(etcd_mib !== undefined && { etcd_mib }), settle_ms, ...spread },
  };
}

/** A smaller cloud of the same shape. */
function share({ routers, bridges, ports }: Size, by: number): Size {
  const some = (count: number): number => Math.ceil(count * by);
  return { routers: some(routers), bridges: some(bridges), ports: some(ports) };
}

function perAgent(cloud: string, memory: FleetMemory, agents: number): Record<string, number> {
  return {
    [`agent_mib_${cloud}`]: memory.residentMebibytes / agents,
    [`agent_held_mib_${cloud}`]: memory.heldMebibytes / agents,
    [`agent_rows_${cloud}`]: memory.rows / agents,
  };
}

/**
 * Median milliseconds to make one port in a small cloud and in a big one, in turns: what else the machine
 * does slows both. Nobody follows the bridges.
 */
async function comparePorts(small: ScaleLab, big: ScaleLab): Promise<Record<string, number>> {
  const clouds = [small.cloud, big.cloud].map((cloud) => ({ cloud, times: [] as number[] }));
  for (let i = 0; i < SAMPLE; i++) {
    for (const { cloud, times } of clouds) {
      const before = performance.now();
      await cloud.port(cloud.bridges.length - 1 - (i % Math.ceil(cloud.bridges.length / 2)));
      times.push(performance.now() - before);
    }
  }
  const [port_ms_small = NaN, port_ms_big = NaN] = clouds.map(({ times }) => median(times));
  return { port_ms_small, port_ms_big, port_cost_ratio: port_ms_big / port_ms_small };
}

/** How many agents have a guest on each bridge in use. */
function holdersOf(agents: number, inUse: number): number[] {
  const count = Array.from({ length: inUse }, () => 0);
  for (let agent = 0; agent < agents; agent++) {
    for (let guest = 0; guest < PORTS_PER_AGENT; guest++) count[bridgeOf(agent, guest, inUse)]! += 1;
  }
  return count;
}

outliveReaders(); // the lab is to be taken down whoever reads
try {
  const options = parseScaleOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(USAGE);
  else {
    const figures = await measureInLabs(options);
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
