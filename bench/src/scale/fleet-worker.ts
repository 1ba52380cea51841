import { join } from 'node:path';
import { Agent, systemClock, webSocketDial, type Dial } from '@midonet/agent';
import { FabricLinks } from '@midonet/agent/testing';
import { openUdpSocket } from '@midonet/datapath/kernel';
import { MemoryFabric, openMemory } from '@midonet/datapath/memory';
import { arp, ARP_REQUEST, ethernet, frame, MAC_BROADCAST, MAC_ZERO, type Ip4, type Mac } from '@midonet/packet';
import { CHANGE_NAME, now, type FleetMemory, type FromFleet, type Met, type Seen, type ToFleet } from './messages.ts';
import { PORTS_PER_AGENT } from './options.ts';

/**
 * A process of simulated hosts: real agents, which talk to the controller and to each other as ever, on the memory
 * datapath. Each has an address of its own on loopback.
 */
const fabric = new MemoryFabric();
type FleetHost = { readonly agent: Agent; readonly links: FabricLinks; readonly number: number };
const hosts: FleetHost[] = [];
const seen = new Map<number, { agents: number; at: number }>();
const REPORT_MS = 20;
const LOAD_LIMIT_MS = 300_000;
const AGAIN_MS = 2_000;

function say(message: FromFleet): void {
  process.send?.(message);
}

/** Notes which changes an agent is told, when it has taken them in. */
function watched(dial: Dial): Dial {
  return (url, events) =>
    dial(url, {
      ...events,
      onText: (text) => {
        events.onText(text);
        for (const [, change] of text.matchAll(CHANGE_NAME)) {
          const entry = seen.get(Number(change)) ?? { agents: 0, at: 0 };
          seen.set(Number(change), { agents: entry.agents + 1, at: now() });
        }
      },
    });
}

async function start({ url, token, state, first, count }: ToFleet & { kind: 'start' }): Promise<void> {
  for (let number = first; number < first + count; number++) {
    const address = `127.${64 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
    const links = new FabricLinks(fabric.host(`host-${number}`), address);
    for (let guest = 0; guest < PORTS_PER_AGENT; guest++) links.add(`vm${guest}`);
    const agent = await Agent.start(
      {
        ...{ controllerUrls: [url], hostName: `host-${number}`, stateDir: join(state, `host-${number}`) },
        // The tables of a real host are made for a million.
        maxConnections: 4_096,
      },
      {
        clock: systemClock,
        uptime: () => systemClock.now(),
        wall: Date.now,
        random: Math.random,
        logger: { debug: ignore, info: ignore, warn: ignore, error: console.error },
        openSocket: openUdpSocket,
        dial: watched(webSocketDial(token)),
        openDatapath: (events) => openMemory({ clock: () => systemClock.now(), host: links.host }, events),
        openLinks: (onChange) => links.open(onChange),
      },
    );
    hosts.push({ agent, links, number });
    await until(`host-${number} to connect`, () => agent.connection.status.connected);
  }
  const ids = hosts.map(({ agent, links, number }) => ({ number, id: agent.identity.id, address: links.address }));
  say({ kind: 'started', hosts: ids });
}

/** What a host has not loaded yet; undefined when it has all that its packets met. */
function missing({ agent, number }: FleetHost, met: Met | undefined): string | undefined {
  const { bridges, routers } = agent.knowledge.devices.count;
  const waits = [...agent.subscriptions.all()].filter(({ loaded }) => !loaded);
  if (bridges >= (met?.bridges ?? 0) && routers >= (met?.routers ?? 0) && waits.length === 0) return undefined;
  const topics = waits.map(({ topic }) => topic.kind).join(', ');
  return `host-${number}: ${bridges} bridges, ${routers} routers of ${JSON.stringify(met)}; waits for: ${topics}`;
}

function send({ links, number }: FleetHost): void {
  for (let guest = 0; guest < PORTS_PER_AGENT; guest++) {
    // brands: any address of that form will do
    const mac = (0x02_00_00_00_00_00 + number * PORTS_PER_AGENT + guest) as Mac;
    const ip = (0x0a00_0000 + number * PORTS_PER_AGENT + guest) as Ip4;
    const query = arp({ operation: ARP_REQUEST, senderMac: mac, senderIp: ip, targetMac: MAC_ZERO, targetIp: ip });
    links.host.interface(`vm${guest}`).send(frame(ethernet({ dst: MAC_BROADCAST, src: mac }), query));
  }
}

/** Every guest says something, and again where it came to nothing: a packet waits half a second for its devices. */
async function talk(met: readonly Met[]): Promise<void> {
  await until('the ports to be bound', () =>
    hosts.every(({ agent }) => agent.datapath.ports().length > PORTS_PER_AGENT),
  );
  let waiting = hosts.map((host, index) => ({ host, met: met[index] }));
  for (const { host } of waiting) send(host);
  let sent = performance.now();
  await until(
    'the devices to be loaded',
    () => {
      waiting = waiting.filter((one) => missing(one.host, one.met) !== undefined);
      if (performance.now() - sent > AGAIN_MS) {
        sent = performance.now();
        for (const { host } of waiting) send(host);
      }
      return waiting.length === 0;
    },
    () => waiting.map((one) => missing(one.host, one.met)).find((text) => text !== undefined) ?? '',
  );
  say({ kind: 'loaded' });
}

function memory(): FleetMemory {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const rows = hosts.reduce((sum, { agent }) => sum + agent.items.size, 0);
  return { residentMebibytes: rss / 2 ** 20, heldMebibytes: (heapUsed + external) / 2 ** 20, rows };
}

async function until(what: string, condition: () => boolean, detail = (): string => ''): Promise<void> {
  const end = performance.now() + LOAD_LIMIT_MS;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`waited ${LOAD_LIMIT_MS / 1000} s for ${what}. ${detail()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function ignore(): void {
  // Figures are what counts here.
}

setInterval(() => {
  if (seen.size === 0) return;
  const all: Seen[] = [...seen].map(([change, entry]) => ({ change, ...entry }));
  seen.clear();
  say({ kind: 'saw', seen: all });
}, REPORT_MS).unref();

process.on('message', (message: ToFleet) => {
  const failed = (error: unknown): void => say({ kind: 'failed', reason: String(error) });
  switch (message.kind) {
    case 'start':
      start(message).catch(failed);
      return;
    case 'talk':
      talk(message.met).catch(failed);
      return;
    case 'measure':
      say({ kind: 'memory', ...memory() });
      return;
    default:
      message satisfies never;
  }
});
process.on('disconnect', () => process.exit(0));
