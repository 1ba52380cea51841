import type { Client } from '@midonet/contract';
import type { World } from './world.ts';

type Naming = (client: Client, own: World, other: World) => Promise<unknown>;

/** Every way to name somebody else's thing in a request about one's own. */
export const NAMINGS: Readonly<Record<string, Naming>> = {
  'a link': (c, own, other) => c.ports.link({ id: own.loose, body: { peerId: other.routerPort } }),
  'a peer on update': (c, own, other) => c.ports.update({ id: own.loose, body: { peerId: other.routerPort } }),
  'a peer on creation': (c, own, other) => c.bridges.createPort({ id: own.bridge, body: { peerId: other.routerPort } }),
  "a bridge's filter": (c, own, other) => c.bridges.update({ id: own.bridge, body: { inboundFilterId: other.chain } }),
  "a new bridge's filter": (c, _own, other) => c.bridges.create({ body: { outboundFilterId: other.chain } }),
  "a router's forward chain": (c, own, other) =>
    c.routers.update({ id: own.router, body: { forwardChainId: other.chain } }),
  "a router's redirect chain": (c, own, other) =>
    c.routers.update({ id: own.router, body: { localRedirectChainId: other.chain } }),
  "a port's filter": (c, own, other) => c.ports.update({ id: own.port, body: { outboundFilterId: other.chain } }),
  "a port's mirror": (c, own, other) => c.ports.update({ id: own.port, body: { outboundMirrorIds: [other.mirror] } }),
  "a bridge's mirror": (c, own, other) =>
    c.bridges.update({ id: own.bridge, body: { inboundMirrorIds: [other.mirror] } }),
  "a mirror's port": (c, own, other) => c.mirrors.update({ id: own.mirror, body: { toPortId: other.loose } }),
  "a new mirror's port": (c, _own, other) => c.mirrors.create({ body: { toPortId: other.loose } }),
  "a port group in a mirror's condition": (c, own, other) =>
    c.mirrors.update({ id: own.mirror, body: { conditions: [{ inPortGroup: other.portGroup }] } }),
  'a jump': (c, own, other) => c.chains.createRule({ id: own.chain, body: { type: 'jump', jumpChainId: other.chain } }),
  'a port group in a rule': (c, own, other) =>
    c.chains.createRule({ id: own.chain, body: { type: 'drop', inPortGroup: other.portGroup } }),
  'an address group in a rule': (c, own, other) =>
    c.rules.update({ id: own.rule, body: { ipAddrGroupSrc: other.ipGroup } }),
  'an address group in a rule that moves': (c, own, other) =>
    c.rules.update({ id: own.rule, body: { position: 1, ipAddrGroupDst: other.ipGroup } }),
  'ports in a rule': (c, own, other) =>
    c.chains.createRule({ id: own.chain, body: { type: 'drop', inPorts: [other.port] } }),
  'a traversed device': (c, own, other) =>
    c.chains.createRule({ id: own.chain, body: { type: 'drop', traversedDevice: other.bridge } }),
  'a member of a group': (c, own, other) =>
    c.portGroupPorts.create({ id: own.portGroup, body: { portId: other.loose } }),
  'a port that a rule redirects to': (c, own, other) =>
    c.chains.createRule({
      id: own.chain,
      body: { type: 'l2_transform', flowAction: 'redirect', targetPortId: other.loose },
    }),
  'a trace request that a rule traces for': (c, own, other) =>
    c.chains.createRule({ id: own.chain, body: { type: 'trace', requestId: other.trace } }),
  'a chain of a logger': (c, own, other) =>
    c.ruleLoggers.create({ body: { loggingResourceId: own.logging, chainId: other.chain } }),
  'a logging resource': (c, own, other) =>
    c.ruleLoggers.create({ body: { loggingResourceId: other.logging, chainId: own.chain } }),
  'a traced router': (c, _own, other) =>
    c.traceRequests.create({ body: { deviceType: 'ROUTER', deviceId: other.router } }),
  'a traced port': (c, _own, other) => c.traceRequests.create({ body: { deviceType: 'PORT', deviceId: other.loose } }),
  'an inspected port': (c, own, other) =>
    c.l2Insertions.create({ body: { portId: other.loose, srvPortId: own.service, mac: '02:00:00:00:00:99', vlan: 9 } }),
  'a service port': (c, own, other) =>
    c.l2Insertions.create({ body: { portId: own.port, srvPortId: other.loose, mac: '02:00:00:00:00:99' } }),
  'a service port on update': (c, own, other) =>
    c.l2Insertions.update({ id: own.insertion, body: { srvPortId: other.loose } }),
  'a static MAC': (c, own, other) =>
    c.macTable.create({ id: own.bridge, body: { macAddr: '02:00:00:00:00:99', portId: other.loose } }),
  'a next hop': (c, own, other) =>
    c.routers.createRoute({ id: own.router, body: { dstNetworkAddr: '10.8.0.0', nextHopPort: other.routerPort } }),
  "a router's load balancer": (c, own, other) =>
    c.routers.update({ id: own.router, body: { loadBalancerId: other.balancer } }),
  "a pool's health monitor": (c, own, other) =>
    c.pools.update({ id: own.pool, body: { healthMonitorId: other.monitor } }),
  "a pool of another's load balancer": (c, own, other) =>
    c.pools.create({ body: { loadBalancerId: other.balancer, healthMonitorId: own.monitor } }),
  "a VIP's pool": (c, own, other) => c.vips.update({ id: own.vip, body: { poolId: other.pool } }),
  "a member of another's pool": (c, _own, other) =>
    c.poolMembers.create({ body: { poolId: other.pool, address: '10.0.0.71', protocolPort: 80 } }),
  "a port below another's bridge": (c, own, other) =>
    c.bridges.createPort({ id: other.bridge, body: { inboundFilterId: own.chain } }),
};
