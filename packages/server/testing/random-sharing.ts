import type { Client } from '@midonet/contract';
import assert from 'node:assert/strict';

/** Whole numbers below one, the same each time (Park and Miller). */
export function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

type Ids = readonly { readonly id: string }[];
export type Shareable = {
  readonly routers: Ids;
  readonly bridges: Ids;
  readonly routerPorts: Ids;
  readonly bridgePorts: Ids;
  readonly chains: Ids;
};

const TENANTS = ['', 'acme', 'umbrella'];

/**
 * One change at a time by several tenants and the provider: links, sharing, things that change hands, that come and
 * go, and names. Many are refused, as they race or make no sense.
 */
export function randomSharing(admin: Client, things: Shareable, chance: (below: number) => number) {
  const { routers, bridges, routerPorts, bridgePorts, chains } = things;
  const any = <T>(all: readonly T[]): T => all[chance(all.length)] ?? assert.fail();
  const ends = [...routerPorts, ...bridgePorts];
  const passing: string[] = [];
  let n = 0;
  const link = () => admin.ports.link({ id: any(routerPorts).id, body: { peerId: any(ends).id } });
  const come = async () => {
    const tenantId = any(TENANTS);
    const { id } = await admin.bridges.create({ body: { tenantId, name: `passing ${++n}`, shared: chance(2) === 0 } });
    const port = await admin.bridges.createPort({ id, body: {} });
    passing.push(id);
    await admin.ports.link({ id: any(routerPorts).id, body: { peerId: port.id } });
  };
  const steps: readonly (() => Promise<unknown>)[] = [
    link,
    link,
    come,
    () => admin.ports.unlink({ id: any(ends).id }),
    () => admin.bridges.update({ id: any(bridges).id, body: { shared: chance(2) === 0 } }),
    () => admin.routers.update({ id: any(routers).id, body: { shared: chance(2) === 0 } }),
    () => admin.routers.update({ id: any(routers).id, body: { tenantId: any(TENANTS) } }),
    () => admin.bridges.update({ id: any(bridges).id, body: { tenantId: any(TENANTS) } }),
    () => admin.routers.update({ id: any(routers).id, body: { name: `router ${++n}` } }),
    () => admin.bridges.update({ id: any(bridges).id, body: { name: `bridge ${++n}` } }),
    () => admin.ports.update({ id: any(ends).id, body: { vifId: `vif ${++n}` } }),
    () => admin.chains.update({ id: any(chains).id, body: { tenantId: any(TENANTS) } }),
    () => admin.chains.createRule({ id: any(chains).id, body: { type: 'drop' } }),
    () => admin.bridges.remove({ id: passing.shift() ?? '' }),
  ];
  return (): Promise<unknown> => any(steps)().catch(() => undefined);
}
