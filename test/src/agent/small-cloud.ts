import type { HostId, SharedRow } from '@midonet/topology';
import type { Ip4, IpAddress } from '@midonet/packet';
import * as make from './items.ts';
import type { Offline } from './offline.ts';

export const RED_MAC = '02:00:00:00:00:01';
export const BLUE_MAC = '02:00:00:00:00:02';
export const GATEWAY_RED = '02:00:00:00:0a:01';
export const GATEWAY_BLUE = '02:00:00:00:0a:02';

/**
 * vm-red (10.1.0.10) and vm-green on bridge 1, vm-blue on bridge 2 (10.2.0.0/16), router 1 between them, all on
 * one host, with `neighbours` addresses behind vm-blue's MAC. Everything is told up front.
 */
export function tellSmallCloud(offline: Offline, host: HostId, neighbours: readonly Ip4[]): void {
  const red = make.bridgePort(1, 1, { bound: [host, 'vm-red'] });
  const blue = make.bridgePort(2, 2, { bound: [host, 'vm-blue'] });
  const green = make.bridgePort(9, 1, { bound: [host, 'vm-green'] });
  const upRed = make.bridgePort(3, 1, { peer: 4 });
  const upBlue = make.bridgePort(5, 2, { peer: 6 });
  const downRed = make.routerPort(4, 1, '10.1.0.1/24', GATEWAY_RED, { peer: 3 });
  const downBlue = make.routerPort(6, 1, '10.2.0.1/16', GATEWAY_BLUE, { peer: 5 });
  const learned = (bridge: number, mac: string, port: number): SharedRow => ({
    kind: 'learnedMac',
    bridgeId: make.bridgeId(bridge),
    vlan: 0,
    mac: make.mac(mac),
    portId: make.portId(port),
  });
  const neighbour = (port: number, ip: IpAddress, mac: string): SharedRow => ({
    kind: 'neighbour',
    routerId: make.routerId(1),
    portId: make.portId(port),
    ip,
    mac: make.mac(mac),
  });
  offline.snapshot('host', host, [red, green, blue].map(make.item));
  offline.want('bridge', make.bridgeId(1));
  offline.snapshot('bridge', make.bridgeId(1), [make.bridge(1), red, green, upRed, downRed].map(make.item));
  offline.snapshot('macTable', make.bridgeId(1), [make.row(learned(1, RED_MAC, 1))]);
  offline.want('bridge', make.bridgeId(2));
  offline.snapshot('bridge', make.bridgeId(2), [make.bridge(2), blue, upBlue, downBlue].map(make.item));
  offline.snapshot('macTable', make.bridgeId(2), [make.row(learned(2, BLUE_MAC, 2))]);
  offline.want('router', make.routerId(1));
  const routes = [make.route(1, 1, '10.1.0.0/24', 4), make.route(2, 1, '10.2.0.0/16', 6)];
  offline.snapshot(
    'router',
    make.routerId(1),
    [make.router(1), downRed, downBlue, upRed, upBlue, ...routes].map(make.item),
  );
  offline.snapshot(
    'neighbours',
    make.routerId(1),
    [neighbour(4, make.ip('10.1.0.10'), RED_MAC), ...neighbours.map((ip) => neighbour(6, ip, BLUE_MAC))].map(make.row),
  );
}
