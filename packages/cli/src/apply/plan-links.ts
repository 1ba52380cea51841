import { ApiError, etagOf, type Client } from '@midonet/contract';
import { refuseMoved } from '../objects/change.ts';
import type { TopologyDocument } from './document.ts';
import type { LiveTopology } from './live-topology.ts';
import type { Change } from './plan.ts';

type End = { readonly portId: string; readonly what: string };

/**
 * Links to `device/port`, whichever of the two comes first in the file. To be called when all ports of the
 * file are planned. A link that both its ends name is one.
 */
export function planPeers(live: LiveTopology, { bridges, routers }: TopologyDocument): Change[] {
  const made = new Set<string>();
  const devices = [
    ...bridges.map(({ name, ports }) => ({ kind: 'bridge', name, ports })),
    ...routers.map(({ name, ports }) => ({ kind: 'router', name, ports })),
  ];
  return devices.flatMap((device) =>
    device.ports.flatMap(({ name, peer }) => {
      if (peer === undefined) return [];
      const portId = live.plannedId(`port ${device.name}/${name}`) ?? live.portId(`${device.name}/${name}`);
      const peerId = live.portId(peer);
      const link = [portId, peerId].toSorted().join();
      if (made.size === made.add(link).size) return [];
      const what = `port ${name} on ${device.kind} ${device.name}`;
      return planLinkOf(live, { portId, what, peerId, to: peer });
    }),
  );
}

export function planLinkOf(
  live: LiveTopology,
  { portId, what, peerId, to }: End & { readonly peerId: string; readonly to: string },
): Change[] {
  const linkedTo = live.ports.find((one) => one.id === portId)?.peerId ?? undefined;
  if (linkedTo === peerId) return [];
  return [
    {
      sign: linkedTo === undefined ? '+' : '~',
      what: `link of ${what} to ${to}`,
      run: (client) => makeLink(client, live, { portId, peerId, linkedTo: linkedTo ?? null }),
    },
  ];
}

type NewLink = { readonly portId: string; readonly peerId: string; readonly linkedTo: string | null };

const TRIES = 5;

/**
 * One step from the old link to the new, on condition that the port is as it was looked at: between two
 * steps it would be free, and somebody else's link could be taken off that was made meanwhile. That the
 * far end is free the controller sees to.
 */
async function makeLink(client: Client, live: LiveTopology, { portId, peerId, linkedTo }: NewLink): Promise<void> {
  for (let tries = 1; ; tries++) {
    const now = await client.ports.get({ id: portId });
    // The other end stands in the file too, and made it.
    if (now.peerId === peerId) return;
    refuseMoved(['peerId'], { peerId: live.unlinked.has(portId) ? null : linkedTo }, now);
    const change = {
      method: 'PATCH',
      path: `/ports/${portId}`,
      ifMatch: etagOf(now) ?? '*',
      body: { peerId },
    } as const;
    const operations =
      now.peerId === null
        ? [change]
        : [
            { ...change, body: { peerId: null } },
            { ...change, ifMatch: '*' },
          ];
    try {
      await client.batch.run({ body: { operations } });
      if (now.peerId !== null) live.unlinked.add(now.peerId);
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 412 || tries === TRIES) throw error;
    }
  }
}
