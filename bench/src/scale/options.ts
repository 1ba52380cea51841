import { parseArgs } from 'node:util';

/** How big the cloud is, and what is done to it. */
export type ScaleOptions = {
  readonly agents: number;
  readonly workers: number;
  readonly routers: number;
  readonly bridges: number;
  readonly ports: number;
  /** Changes a second, and for how long. */
  readonly rate: number;
  readonly seconds: number;
  /** Members of an etcd that is the store; 0: the embedded one. */
  readonly etcd: number;
  readonly json: string | undefined;
};

/** Ports that each agent binds. */
export const PORTS_PER_AGENT = 4;
/** Agents that have a port on the same bridge. */
export const AGENTS_PER_BRIDGE = 8;

export const USAGE = `Usage: ./run scale [--agents N] [--workers N] [--routers N] [--bridges N] [--ports N] [--rate N]
                   [--seconds N] [--etcd N] [--json FILE]

One controller as it is shipped, simulated hosts (real agents on the memory datapath, in a few processes) and a cloud made
through the API; loopback only. How long changes take to reach every agent that holds the object, what a port costs to make
in a small cloud and in a big one, and the memory of controller and agents.

  --agents     simulated hosts, ${PORTS_PER_AGENT} bound ports each (1000)
  --workers    processes they run in (4)
  --routers    (1000), --bridges (5000), --ports (100000)
  --rate       changes a second (100), --seconds for so long (30)
  --etcd       members of an etcd of its own that keeps the cloud, in place of the embedded store (0)
  --json FILE  write the figures
`;

/** Throws with a sentence when the words make no sense. */
export function parseScaleOptions(words: readonly string[]): ScaleOptions | 'help' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...{
        agents: text,
        workers: text,
        routers: text,
        bridges: text,
        ports: text,
        rate: text,
        seconds: text,
        etcd: text,
        json: text,
      },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  type Counted = 'agents' | 'workers' | 'routers' | 'bridges' | 'ports' | 'rate' | 'seconds' | 'etcd';
  const count = (name: Counted, usual: number, least = 1) => {
    const value = values[name] === undefined ? usual : Number(values[name]);
    if (!Number.isInteger(value) || value < least) {
      throw new Error(`--${name} ${values[name] ?? ''}: give a number from ${least}`);
    }
    return value;
  };
  const options = {
    agents: count('agents', 1000),
    workers: count('workers', 4),
    routers: count('routers', 1000),
    bridges: count('bridges', 5000),
    ports: count('ports', 100_000),
    rate: count('rate', 100),
    seconds: count('seconds', 30),
    etcd: count('etcd', 0, 0),
    json: values.json,
  };
  const bound = options.agents * PORTS_PER_AGENT;
  if (bound > options.ports) throw new Error(`--ports ${options.ports}: ${options.agents} agents bind ${bound}`);
  if (options.workers > options.agents) throw new Error(`--workers ${options.workers}: more than agents`);
  if (options.bridges * AGENTS_PER_BRIDGE < bound)
    throw new Error(`--bridges ${options.bridges}: too few for the agents`);
  return options;
}
