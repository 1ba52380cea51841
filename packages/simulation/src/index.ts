export * from './simulate.ts';
export { linkLocalAddress, solicitedNode, groupMac } from './ip-scope.ts';
export { MAX_DEVICES, MAX_DEVICES_ON_PATH } from './walk.ts';
export { METADATA_ADDRESSES } from './bridge/instance-service.ts';
export { DHCP_SERVER_MAC } from './dhcp/dhcp-config.ts';
export { placesNow } from './balancer/maglev.ts';
export { CHECK_PORTS } from './balancer/health-answer.ts';
export { requestFrame } from './router/next-hop.ts';
