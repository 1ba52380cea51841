import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { MetricsSource } from '@midonet/contract/metrics-listener';
import { printActions, printKey } from '@midonet/flow';
import { parseId, type PortId } from '@midonet/topology';
import type { Agent } from '../agent.ts';
import { agentMetrics } from './metrics.ts';
import { agentDevices, agentPorts, agentStatus, whatIf } from './status.ts';

export const SOCKET_NAME = 'agent.sock';
const MAX_BODY = 64 * 1024;
/** A unix socket's path has 107 bytes at most. */
const MAX_PATH = 107;
const MAX_FLOWS = 10_000;

/**
 * HTTP on a unix socket in the state folder, for whoever may enter that folder (0700) and use the
 * socket (0600): GET /status /ports /flows /drops /devices /metrics, POST /trace {port, frame: hex}.
 */
export class StatusServer {
  readonly #agent: Agent;
  readonly #server: Server;
  readonly #metrics: ReturnType<typeof agentMetrics>;

  constructor(agent: Agent) {
    this.#agent = agent;
    this.#metrics = agentMetrics(agent);
    this.#server = createServer((request, response) => {
      void this.#answer(request)
        .catch((error: unknown) => ({
          status: 500,
          body: { message: error instanceof Error ? error.message : String(error) },
        }))
        .then(({ status, body }) => {
          const text = typeof body === 'string' ? body : `${JSON.stringify(body, plain)}\n`;
          response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' });
          response.end(text);
        });
    });
  }

  /** The same numbers for whoever scrapes them over TCP. */
  get monitored(): MetricsSource {
    const { connection } = this.#agent;
    return {
      contentType: this.#metrics.contentType,
      render: () => this.#metrics.metrics(),
      unready: async () =>
        connection.status.connected ? undefined : 'no controller answers; it forwards on what it knows',
    };
  }

  /** Throws when the path is too long for a socket. */
  async listen(): Promise<void> {
    const path = this.#agent.state.file(SOCKET_NAME);
    if (Buffer.byteLength(path) > MAX_PATH) {
      throw new Error(`${path} is too long for a unix socket (${MAX_PATH} bytes): choose a shorter state folder`);
    }
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, resolve);
    });
    chmodSync(path, 0o600);
    this.#server.unref();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; body: object | string }> {
    const agent = this.#agent;
    switch (`${request.method} ${request.url}`) {
      case 'GET /status':
        return { status: 200, body: agentStatus(agent) };
      case 'GET /ports':
        return { status: 200, body: agentPorts(agent) };
      case 'GET /devices':
        return { status: 200, body: agentDevices(agent) };
      case 'GET /drops':
        return { status: 200, body: [...agent.drops.list()] };
      case 'GET /flows':
        return { status: 200, body: this.#flows() };
      case 'GET /metrics':
        return { status: 200, body: await this.#metrics.metrics() };
      case 'POST /trace':
        return this.#trace(await bodyOf(request));
      default:
        return { status: 404, body: { message: 'GET /status /ports /flows /drops /devices /metrics, POST /trace' } };
    }
  }

  #flows(): object[] {
    const { datapath, flows } = this.#agent;
    return datapath
      .dump()
      .slice(0, MAX_FLOWS)
      .map((flow) => ({
        id: flow.id,
        match: printKey(flow.key, flow.mask),
        ...(flow.ttlAbove > 0 ? { ttlAbove: flow.ttlAbove } : {}),
        ...(flow.mtu > 0 ? { mtu: flow.mtu } : {}),
        actions: printActions(flow.actions),
        packets: flow.packets,
        bytes: flow.bytes,
        idleSeconds: Math.round(flow.idleForMs / 1000),
        tags: flows.table.get(flow.id)?.tags ?? [],
      }));
  }

  #trace(body: string): { status: number; body: object } {
    let asked: unknown;
    try {
      asked = JSON.parse(body);
    } catch {
      return { status: 400, body: { message: 'the body is no JSON' } };
    }
    const member = (name: string): unknown =>
      typeof asked === 'object' && asked !== null ? Reflect.get(asked, name) : undefined;
    const [port, frame] = [member('port'), member('frame')];
    const portId = typeof port === 'string' ? parseId<PortId>(port) : undefined;
    if (portId === undefined) return { status: 400, body: { message: 'port: expected the id of a virtual port' } };
    if (typeof frame !== 'string' || !/^([0-9a-f]{2})+$/i.test(frame)) {
      return { status: 400, body: { message: 'frame: expected an Ethernet frame in hexadecimal' } };
    }
    return { status: 200, body: whatIf(this.#agent, portId, Uint8Array.from(Buffer.from(frame, 'hex'))) };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > MAX_BODY) throw new Error(`the body has more than ${MAX_BODY} bytes`);
  }
  return text;
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
