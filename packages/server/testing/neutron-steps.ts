import { ghostWorld } from './world.ts';
import { NEUTRON_CALLS } from './neutron-calls.ts';
import { makeNeutron } from './neutron-world.ts';
import type { Harness } from './harness.ts';

/** Deletions at the end, what names others before those. */
const LAST = ['removeInterface', 'removeMonitor', 'remove'];
const REMOVED = [
  ...['LbPoolHealthMonitors', 'LbHealthMonitors', 'LbMembers', 'LbVips', 'LbPools'],
  ...['HealthMonitorsV2', 'PoolMembersV2', 'PoolsV2', 'ListenersV2', 'LoadBalancersV2'],
  ...[
    'TapFlows',
    'TapServices',
    'FirewallLogs',
    'LoggingResources',
    'Firewalls',
    'L2GatewayConnections',
    'GatewayDevices',
  ],
  ...['FloatingIps', 'Ports', 'Routers', 'Subnets', 'Networks', 'SecurityGroupRules', 'SecurityGroups'],
];

/** Drives every endpoint of Neutron's objects. */
export async function neutronSteps(
  { client }: Harness,
  step: (name: string, run: () => Promise<unknown>) => Promise<void>,
): Promise<void> {
  const world = { ...ghostWorld(), ...(await makeNeutron(client, 'acme')) };
  const all = Object.entries(NEUTRON_CALLS).flatMap(([group, calls]) =>
    Object.entries(calls).map(([operation, call]) => ({ group, operation, call })),
  );
  const place = ({ group, operation }: { group: string; operation: string }): number =>
    LAST.includes(operation) ? 1 + REMOVED.findIndex((name) => group === `neutron${name}`) : 0;
  for (const { group, operation, call } of all.toSorted((a, b) => place(a) - place(b))) {
    await step(`${group}.${operation}`, () => call(client, world));
  }
}
