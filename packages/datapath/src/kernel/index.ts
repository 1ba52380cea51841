export * from './link-monitor.ts';
export { openUdpSocket, type UdpAddress, type UdpEvents, type UdpSocket } from './udp-socket.ts';
