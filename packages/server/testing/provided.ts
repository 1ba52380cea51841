import type { Harness } from './harness.ts';

/** The provider's router `edge` with an uplink, linked to a router of two tenants each; a bridge for all. */
export async function provided({ client }: Harness) {
  const chain = await client.chains.create({ body: { name: 'guard' } });
  const edge = await client.routers.create({ body: { name: 'edge', inboundFilterId: chain.id } });
  const edgePort = (address: string) =>
    client.routers.createPort({ id: edge.id, body: { portSubnet: [address], vifId: 'secret name' } });
  const uplink = await edgePort('203.0.113.2/24');
  const world = { dstNetworkAddr: '0.0.0.0', dstNetworkLength: 0, nextHopPort: uplink.id };
  await client.routers.createRoute({ id: edge.id, body: { ...world, nextHopGateway: '203.0.113.1' } });
  const links = [];
  for (const [tenantId, n] of [
    ['acme', 1],
    ['umbrella', 2],
  ] as const) {
    const inner = await client.routers.create({ body: { tenantId, name: `${tenantId}-router` } });
    const near = await client.routers.createPort({ id: inner.id, body: { portSubnet: [`100.64.${n}.2/24`] } });
    const far = await edgePort(`100.64.${n}.1/24`);
    await client.ports.link({ id: far.id, body: { peerId: near.id } });
    await client.routers.createRoute({
      id: inner.id,
      body: { ...world, nextHopPort: near.id, nextHopGateway: `100.64.${n}.1` },
    });
    const back = { dstNetworkAddr: `10.${n}.0.0`, dstNetworkLength: 16, nextHopPort: far.id };
    await client.routers.createRoute({ id: edge.id, body: { ...back, nextHopGateway: `100.64.${n}.2` } });
    links.push({ inner, near, far });
  }
  const shared = await client.bridges.create({ body: { name: 'external', tenantId: 'ops', shared: true } });
  const plain = await client.bridges.create({ body: { name: 'internal' } });
  const loose = await client.bridges.createPort({ id: shared.id, body: {} });
  const [acme, umbrella] = links;
  if (acme === undefined || umbrella === undefined) throw new Error('two links were made');
  return { chain, edge, uplink, acme, umbrella, shared, plain, loose };
}
