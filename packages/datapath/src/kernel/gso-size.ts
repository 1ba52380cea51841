import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { libc } from './libc.ts';
import { NetworkNamespace } from './namespace.ts';
import { linkHeader, RTM_GETLINK, RTM_NEWLINK, vethPeerOf } from './link-message.ts';
import { attribute, attributes, RouteSocket } from './netlink.ts';

const RTM_GETNSID = 90;
const IFLA = { gsoMaxSize: 41, gsoIpv4MaxSize: 63 } as const;
const NETNSA = { nsid: 1, fd: 3 } as const;
const O_CLOEXEC = 0x80000;
/** Where `ip netns` and Docker keep the namespaces that they made. */
const NAMESPACE_FOLDERS = ['/run/netns', '/run/docker/netns'];

/** Sets how long trains of TCP segments may be that the kernel gives to an interface of this namespace. Throws SystemError. */
export function setGsoMaxSize(ifindex: number, bytes: number): void {
  withSocket((socket) => setSize(socket, ifindex, bytes));
}

/**
 * The same for the other end of a veth, where that lies in a namespace that has a name. False where
 * it has none: then nothing was done. Throws SystemError.
 */
export function setPeerGsoMaxSize(ifindex: number, bytes: number): boolean {
  return withSocket((socket) => {
    const message = socket.request(RTM_GETLINK, linkHeader(ifindex));
    if (message === undefined) return false;
    const peer = vethPeerOf(message);
    if (peer?.netnsid === undefined) return false;
    const path = namespacePaths().find((candidate) => namespaceId(socket, candidate) === peer.netnsid);
    if (path === undefined) return false;
    const namespace = new NetworkNamespace(path);
    try {
      namespace.run(() => setGsoMaxSize(peer.ifindex, bytes));
    } finally {
      namespace.close();
    }
    return true;
  });
}

function withSocket<T>(work: (socket: RouteSocket) => T): T {
  const socket = new RouteSocket(0);
  try {
    return work(socket);
  } finally {
    socket.close();
  }
}

function setSize(socket: RouteSocket, ifindex: number, bytes: number): void {
  // The first sets IPv4's as well where it is small, so it comes first.
  const sizes = [attribute(IFLA.gsoMaxSize, bytes), attribute(IFLA.gsoIpv4MaxSize, bytes)];
  socket.request(RTM_NEWLINK, Buffer.concat([linkHeader(ifindex), ...sizes]));
}

function namespacePaths(): string[] {
  return NAMESPACE_FOLDERS.flatMap((folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
}

/** The number this namespace knows another one by; undefined for what is no namespace, or not known here. */
function namespaceId(socket: RouteSocket, path: string): number | undefined {
  const fd = libc.open(path, O_CLOEXEC);
  if (fd < 0) return undefined;
  try {
    const answer = socket.request(RTM_GETNSID, Buffer.concat([new Uint8Array(4), attribute(NETNSA.fd, fd)]));
    const id = answer && attributes(answer.body, 4).get(NETNSA.nsid)?.getInt32(0, true);
    return id === undefined || id < 0 ? undefined : id;
  } catch {
    // A file that is no namespace (left behind by one that is gone).
    return undefined;
  } finally {
    libc.close(fd);
  }
}
