import type { Command } from 'commander';
import { fields, table } from './output/table.ts';
import { isReachable } from './output/reachable.ts';
import type { Session, Surroundings } from './session.ts';
import { shortOfPorts } from './objects/nat-blocks.ts';
import { addCommand } from './verbs.ts';

export function addStatus(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'status',
    summary: 'is the controller there, which hosts are alive, what is plugged where',
    examples: ['midonet status', 'midonet status --json'],
    act: async (session) => {
      const status = await gather(session);
      session.show(status, () => {
        const counts = fields([
          ['controller', `${status.controller.state.toLowerCase()}, version ${status.controller.version ?? 'unknown'}`],
          ['bridges', String(status.bridges)],
          ['routers', String(status.routers)],
          ['ports', `${status.ports.total}, ${status.ports.bound} bound, ${status.ports.active} active`],
        ]);
        const rows = status.hosts.map((host) => [
          host.name,
          host.alive ? 'alive' : 'dead',
          `${host.active}/${host.bound}`,
          host.addresses.join(' '),
        ]);
        const hosts = table(['HOST', 'STATE', 'PORTS ACTIVE', 'ADDRESSES'], rows, session.width);
        const parts = [
          counts,
          ...(rows.length === 0 ? [] : [hosts]),
          ...status.warnings.map((text) => `WARNING: ${text}`),
        ];
        return parts.join('\n\n');
      });
    },
  });
}

async function gather(session: Session) {
  const { client, directory } = session;
  const [controller, hosts, ports, bridges, routers, warnings] = await Promise.all([
    client.systemState.get(),
    directory.hosts(),
    directory.ports(),
    directory.bridges(),
    directory.routers(),
    shortOfPorts(session),
  ]);
  const bound = ports.filter((port) => port.hostId !== null);
  return {
    controller: { state: controller.state, version: controller.version },
    warnings,
    bridges: bridges.length,
    routers: routers.length,
    ports: { total: ports.length, bound: bound.length, active: bound.filter((port) => port.active).length },
    hosts: hosts.map((host) => {
      const own = bound.filter((port) => port.hostId === host.id);
      return {
        id: host.id,
        name: host.name ?? '',
        alive: host.alive,
        bound: own.length,
        active: own.filter((port) => port.active).length,
        addresses: host.addresses.filter(isReachable),
      };
    }),
  };
}
