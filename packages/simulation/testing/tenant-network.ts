import { VirtualNetwork } from './virtual-network.ts';

/** MACs and addresses of the standing example. */
export const TENANT = {
  web1: { mac: '02:00:00:00:01:01', ip: '10.0.1.11', ip6: 'fd00:1::11' },
  web2: { mac: '02:00:00:00:01:02', ip: '10.0.1.12', ip6: 'fd00:1::12' },
  db1: { mac: '02:00:00:00:02:01', ip: '10.0.2.21', ip6: 'fd00:2::21' },
  webGateway: { mac: '02:00:00:00:0a:01', ip: '10.0.1.1', ip6: 'fd00:1::1' },
  dbGateway: { mac: '02:00:00:00:0a:02', ip: '10.0.2.1', ip6: 'fd00:2::1' },
  uplink: { mac: '02:00:00:00:0a:03', ip: '192.0.2.2', ip6: '2001:db8::2' },
  provider: { mac: '02:00:00:00:0f:01', ip: '192.0.2.1', ip6: '2001:db8::1' },
} as const;

/**
 * Two networks behind a tenant router with an uplink:
 *
 *     web1, web2 (web) ── gateway-web ┐
 *                                     ├ tenant ── uplink ── provider
 *     db1 (db) ──────── gateway-db ───┘
 *
 * Everybody's MAC and neighbour rows are known; tests take away what they need missing.
 */
export function tenantNetwork(): VirtualNetwork {
  const net = new VirtualNetwork();
  const web = net.bridge('web');
  const db = net.bridge('db');
  const tenant = net.router('tenant');
  const web1 = net.vm(web, 'web1');
  const web2 = net.vm(web, 'web2');
  const db1 = net.vm(db, 'db1', { host: 'host-2' });
  const both = ({ ip, ip6 }: { readonly ip: string; readonly ip6: string }, length4 = 24): string[] => [
    `${ip}/${length4}`,
    `${ip6}/64`,
  ];
  const { webGateway, dbGateway, uplink, provider } = TENANT;
  const gatewayWeb = net.attach(tenant, web, 'gateway-web', { mac: webGateway.mac, addresses: both(webGateway) });
  const gatewayDb = net.attach(tenant, db, 'gateway-db', { mac: dbGateway.mac, addresses: both(dbGateway) });
  const up = net.uplink(tenant, 'uplink', { mac: uplink.mac, addresses: both(uplink, 30), host: 'gateway-1' });
  net.route(tenant, '0.0.0.0/0', { via: up, gateway: provider.ip });
  net.route(tenant, '::/0', { via: up, gateway: provider.ip6 });
  net.route(tenant, '198.51.100.0/24', { type: 'blackhole' });
  net.route(tenant, '203.0.113.0/24', { type: 'reject' });
  net.route(tenant, '2001:db8:bad::/48', { type: 'blackhole' });
  net.route(tenant, '2001:db8:dead::/48', { type: 'reject' });
  const live = [
    [web, web1, TENANT.web1, gatewayWeb],
    [web, web2, TENANT.web2, gatewayWeb],
    [db, db1, TENANT.db1, gatewayDb],
  ] as const;
  for (const [bridge, port, host, gateway] of live) {
    net.learn(bridge, host.mac, port);
    net.neighbour(tenant, gateway, host.ip, host.mac);
    net.neighbour(tenant, gateway, host.ip6, host.mac);
  }
  net.neighbour(tenant, up, provider.ip, provider.mac);
  net.neighbour(tenant, up, provider.ip6, provider.mac);
  return net;
}
