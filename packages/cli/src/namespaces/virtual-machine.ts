import type { HostDto, PortDto } from '@midonet/contract';
import { cidrContains, parseCidr } from '@midonet/packet';
import { setTimeout as delay } from 'node:timers/promises';
import { failure, usageError } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { takeLease } from './dhcp-client.ts';
import { interfaceExists, ip, namespaceExists } from './ip-command.ts';
import { mountsAreSeen } from './mount-namespace.ts';
import { overlayMtu, thisHost } from './this-host.ts';

export type NamespaceRequest = {
  readonly name: string;
  readonly port: string;
  readonly host: string | undefined;
  readonly addresses: readonly string[];
  readonly gateways: readonly string[] | undefined;
  readonly dhcp: boolean;
  readonly mac: string | undefined;
  readonly mtu: number | undefined;
};

export type NamespaceMade = {
  readonly name: string;
  readonly port: string;
  readonly interface: string;
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly string[];
};

/** The interface inside the namespace. */
const INSIDE = 'eth0';
const ACTIVE_WITHIN_MS = 15_000;

/** Can be repeated: what is already as asked stays. */
export async function addNamespace(session: Session, request: NamespaceRequest): Promise<NamespaceMade> {
  const { name } = request;
  if (!/^[\w.-]{1,64}$/.test(name)) throw usageError(`"${name}" cannot name a namespace; use letters, digits, . _ -`);
  const host = await thisHost(session, request.host);
  const port = await session.directory.port(request.port);
  const outside = hostInterface(name, port);
  if (port.hostId !== null && !(port.hostId === host.id && port.interfaceName === outside)) {
    throw failure(
      `port ${request.port} is already bound to ${port.interfaceName ?? ''}; run: midonet unbind ${request.port}`,
    );
  }
  const mac = request.mac ?? macOf(port);
  const mtu = request.mtu ?? (await overlayMtu(session, host));
  makeNamespace(name);
  wire({ name, outside, mac, mtu });
  for (const address of request.addresses) {
    ip(name, 'addr', 'replace', address, 'dev', INSIDE, ...(address.includes(':') ? ['nodad'] : []));
  }
  for (const gateway of request.gateways ?? (await gatewaysFor(session, port, request.addresses))) {
    ip(name, 'route', 'replace', 'default', 'via', gateway, 'dev', INSIDE);
  }
  if (port.hostId === null) {
    await session.client.hostPorts.create({ id: host.id, body: { portId: port.id, interfaceName: outside } });
  }
  await waitActive(session, port, host);
  if (request.dhcp) takeLease(name, INSIDE);
  return { name, port: port.id, interface: outside, mac, mtu: mtuNow(name), addresses: addressesNow(name) };
}

export async function deleteNamespace(session: Session, name: string, hostText: string | undefined): Promise<void> {
  if (!namespaceExists(name)) throw failure(`there is no namespace ${name}; ip netns list shows what there is`);
  const host = await thisHost(session, hostText);
  for (const port of await session.directory.ports()) {
    if (port.hostId === host.id && port.interfaceName === hostInterface(name, port)) {
      await session.client.hostPorts.remove({ id: host.id, portId: port.id });
    }
  }
  for (const pid of ip(undefined, 'netns', 'pids', name).split('\n')) {
    if (pid !== '') process.kill(Number(pid), 'SIGTERM');
  }
  ip(undefined, 'netns', 'delete', name);
}

/** The namespace's own name where it fits an interface (15 bytes), else one made from the port. */
function hostInterface(name: string, port: PortDto): string {
  return name.length <= 15 ? name : `vm${port.id.replaceAll('-', '').slice(0, 12)}`;
}

/** A local unicast address that is the same whenever the port is. */
function macOf(port: PortDto): string {
  const digits = port.id.replaceAll('-', '').slice(0, 10);
  return `02:${digits.replace(/..(?!$)/g, '$&:')}`;
}

function makeNamespace(name: string): void {
  if (!namespaceExists(name)) {
    // Inside `ip netns exec` mounts do not leave: a namespace made there would be seen by nobody.
    if (!mountsAreSeen()) {
      throw failure(`cannot make namespaces inside "ip netns exec"; first, outside of it, run: ip netns add ${name}`);
    }
    ip(undefined, 'netns', 'add', name);
  }
  ip(name, 'link', 'set', 'lo', 'up');
}

type Wire = { readonly name: string; readonly outside: string; readonly mac: string; readonly mtu: number };

function wire({ name, outside, mac, mtu }: Wire): void {
  if (!interfaceExists(name, INSIDE)) {
    if (interfaceExists(undefined, outside)) {
      throw failure(
        `this host already has an interface ${outside}; choose another name or run: ip link delete ${outside}`,
      );
    }
    ip(undefined, 'link', 'add', outside, 'type', 'veth', 'peer', 'name', INSIDE, 'netns', name);
  }
  ip(name, 'link', 'set', 'dev', INSIDE, 'address', mac, 'mtu', String(mtu), 'up');
  ip(undefined, 'link', 'set', 'dev', outside, 'mtu', String(mtu), 'up');
}

/** The addresses of routers linked to the port's bridge that are in the same prefix as one of ours. */
async function gatewaysFor(session: Session, port: PortDto, addresses: readonly string[]): Promise<string[]> {
  const own = addresses.flatMap((text) => parseCidr(text) ?? []);
  const ports = await session.directory.ports();
  const onBridge = new Set(ports.filter((one) => one.bridgeId === port.bridgeId).map((one) => one.id));
  const routerPorts = ports.filter((one) => one.type === 'Router' && one.peerId !== null && onBridge.has(one.peerId));
  const gateways = routerPorts
    .flatMap((one) => one.portSubnet ?? [])
    .filter((text) => {
      const gateway = parseCidr(text);
      return gateway !== undefined && own.some((cidr) => cidrContains(cidr, gateway.address));
    })
    .map((text) => text.split('/')[0] ?? '');
  const first = (wanted: (text: string) => boolean): string[] => gateways.filter(wanted).slice(0, 1);
  return [...first((text) => !text.includes(':')), ...first((text) => text.includes(':'))];
}

async function waitActive(session: Session, port: PortDto, host: HostDto): Promise<void> {
  const end = Date.now() + ACTIVE_WITHIN_MS;
  while (Date.now() < end) {
    if ((await session.client.ports.get({ id: port.id })).active) return;
    await delay(50);
  }
  const name = host.name ?? host.id;
  throw failure(
    `the port is bound, but the agent on ${name} did not take it in ${ACTIVE_WITHIN_MS / 1000} s; is it running? (midonet status)`,
  );
}

function addressesNow(name: string): string[] {
  return ip(name, '-o', 'addr', 'show', 'dev', INSIDE, 'scope', 'global')
    .split('\n')
    .flatMap((line) => /inet6? (\S+)/.exec(line)?.[1] ?? []);
}

function mtuNow(name: string): number {
  return Number(/mtu (\d+)/.exec(ip(name, 'link', 'show', 'dev', INSIDE))?.[1] ?? 0);
}
