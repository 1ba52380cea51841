import { refuseMoved } from '../objects/change.ts';
import type { LiveTopology } from './live-topology.ts';
import type { Change } from './plan.ts';

type End = { readonly portId: string; readonly what: string };

/** A link to `device/port`. The other device may come later in the file; its end makes the link then. */
export function planLinkTo(live: LiveTopology, { portId, what, peer }: End & { readonly peer: string }): Change[] {
  const slash = peer.indexOf('/');
  const [device, name] = slash < 0 ? [peer, ''] : [peer.slice(0, slash), peer.slice(slash + 1)];
  const deviceId =
    (live.routers.get(device) ?? live.bridges.get(device))?.id ??
    live.plannedId(`router ${device}`) ??
    live.plannedId(`bridge ${device}`);
  const found = deviceId === undefined ? undefined : live.port(deviceId, name);
  const peerId = found?.id ?? live.plannedId(`port ${peer}`);
  return peerId === undefined ? [] : planLinkOf(live, { portId, what, peerId, to: peer });
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
      run: async (client) => {
        refuseMoved(['peerId'], { peerId: linkedTo ?? null }, await client.ports.get({ id: portId }));
        if (linkedTo !== undefined) await client.ports.unlink({ id: portId });
        await client.ports.link({ id: portId, body: { peerId } });
      },
    },
  ];
}
