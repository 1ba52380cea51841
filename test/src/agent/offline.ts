import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, ManualClock, topicsFor, type Dial, type SocketEvents } from '@midonet/agent';
import { ExchangeHub } from '@midonet/agent/testing';
import type { ServerMessage, WatchItem } from '@midonet/contract';
import type { Datapath, DatapathEvents } from '@midonet/datapath';

/**
 * One agent with a hand-driven clock and a controller that is the test itself: it sends what the
 * test says, and keeps what the agent sent.
 */
export class Offline {
  readonly clock = new ManualClock();
  readonly sent: Record<string, unknown>[] = [];
  readonly stateDir = mkdtempSync(join(tmpdir(), 'midonet-agent-'));
  #socket: SocketEvents | undefined;
  #agent: Agent | undefined;

  async start(open: (events: DatapathEvents) => Datapath, interfaces: readonly string[]): Promise<Agent> {
    const links = interfaces.map((name, i) => ({
      ifindex: i + 1,
      name,
      mtu: 1500,
      up: true,
      carrier: true,
      kind: 'veth',
      addresses: [],
    }));
    this.#agent = await Agent.start(
      { controllerUrls: ['http://controller'], hostName: 'host', stateDir: this.stateDir },
      {
        clock: this.clock,
        uptime: () => this.clock.now(),
        wall: () => this.clock.now(),
        openSocket: new ExchangeHub().open,
        random: () => 0.5,
        logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
        dial: this.#dial,
        openDatapath: open,
        openLinks: () => ({ links: () => links, close: nothing }),
      },
    );
    return this.#agent;
  }

  readonly #dial: Dial = (_url, events) => {
    this.#socket = events;
    return { send: (text) => this.sent.push(sentMessage(text)), close: nothing };
  };

  /** The controller accepts the connection. */
  welcome(): void {
    this.#socket?.onOpen();
    this.tell({ op: 'welcome', protocol: 1, revision: 1, lease: 'lease', leaseMs: 10_000 });
  }

  lose(): void {
    this.#socket?.onClosed('gone');
  }

  tell(message: ServerMessage): void {
    this.#socket?.onText(JSON.stringify(message));
  }

  /** The number of a topic's subscription; throws when the agent does not follow it. */
  sub(kind: string, id: string): number {
    const found = this.sent.findLast((message) => {
      const topic = message['topic'];
      return message['op'] === 'subscribe' && JSON.stringify(topic) === JSON.stringify({ kind, id });
    });
    if (typeof found?.['sub'] !== 'number') throw new Error(`nobody asked for ${kind} ${id}`);
    return found['sub'];
  }

  /** Makes the agent follow a device as if a packet had needed it. */
  want(kind: 'bridge' | 'router' | 'mirror' | 'balancer', id: string): void {
    for (const topic of topicsFor({ kind, id })) this.#agent?.subscriptions.want(topic, this.clock.now());
  }

  snapshot(kind: string, id: string, items: readonly WatchItem[], revision = 1): void {
    this.tell({ op: 'snapshot', sub: this.sub(kind, id), revision, items });
  }

  async close(): Promise<void> {
    await this.#agent?.stop('remove');
    rmSync(this.stateDir, { recursive: true, force: true });
  }
}

function nothing(): void {
  // Nobody listens.
}

function sentMessage(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error(`the agent sent ${text}`);
  return { ...value };
}
