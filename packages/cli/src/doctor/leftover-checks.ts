import { ok, unknown, warning, type Health } from './finding.ts';

export type LeftoverFacts = {
  readonly stateDir: string;
  /** The process id of the agent that holds the folder; undefined: none runs. */
  readonly agent: number | undefined;
  /** What is pinned below the folder; undefined: it may not be read. */
  readonly pins: number | undefined;
  /** Interfaces that an agent makes for itself. */
  readonly devices: readonly string[];
  /** Network namespaces that `ip netns` knows and that no process and no interface pair uses. */
  readonly staleNamespaces: readonly string[];
  /** Interfaces that ports are bound to and that are not here. */
  readonly missingInterfaces: readonly string[];
};

export function leftoverChecks(facts: LeftoverFacts): Health[] {
  return [agent(facts), ...namespaces(facts), ...interfaces(facts)];
}

function agent({ stateDir, agent: pid, pins, devices }: LeftoverFacts): Health {
  const check = 'agent';
  if (pid !== undefined) return ok(check, `runs as process ${pid} in ${stateDir}`);
  if (pins === undefined) return unknown(check, `${stateDir} may not be read; run as root`);
  if (pins === 0 && devices.length === 0) return ok(check, 'none runs, and none left anything behind');
  const left = [...(pins === 0 ? [] : [`${pins} pinned BPF objects in ${stateDir}/bpf`]), ...devices].join(', ');
  return warning(
    check,
    `none runs; the kernel still forwards by what one left: ${left}`,
    `start it again, or take it down: midonet agent remove --state ${stateDir}`,
  );
}

function namespaces({ staleNamespaces }: LeftoverFacts): Health[] {
  if (staleNamespaces.length === 0) return [];
  const names = staleNamespaces.join(', ');
  return [
    warning(
      'network namespaces',
      `${names}: in /run/netns, but no namespace is mounted there`,
      `remove ${staleNamespaces.length === 1 ? 'it' : 'them'}: ${staleNamespaces.map((one) => `ip netns delete ${one}`).join('; ')}`,
    ),
  ];
}

function interfaces({ missingInterfaces }: LeftoverFacts): Health[] {
  if (missingInterfaces.length === 0) return [];
  return [
    warning(
      'bound interfaces',
      `not on this host: ${missingInterfaces.join(', ')}`,
      'start the machines that they belong to, or unbind the ports: midonet unbind',
    ),
  ];
}
