/** The control file. Everything but the C library and `ip` is in the package, Node too. */
export function debianControl(version: string, installedKiB: number): string {
  return `Package: midonet
Version: ${version}
Section: net
Priority: optional
Architecture: amd64
Maintainer: MidoNet <midonet@localhost>
Installed-Size: ${installedKiB}
Depends: libc6 (>= 2.36), iproute2, passwd
Recommends: iputils-ping, ca-certificates
Suggests: etcd-server
Description: virtual switches and routers across hosts
 Distributed network virtualization for Linux: a controller with the REST API,
 the agent that forwards packets in each host's own kernel by eBPF, and the
 midonet command line.
`;
}

export const CONFFILES = '/etc/midonet/controller.conf\n/etc/midonet/agent.conf\n';

export const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
exec "$here/../lib/midonet/node" "$here/../lib/midonet/midonet.js" "$@"
`;
