export { setGsoMaxSize, setPeerGsoMaxSize } from './gso-size.ts';
export * from './link-monitor.ts';
export { NetworkNamespace } from './namespace.ts';
export { VethPeers } from './veth-peers.ts';
export { openUdpSocket, type UdpAddress, type UdpEvents, type UdpSocket } from './udp-socket.ts';
