import { formatIp } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import type { Logger } from '../logger.ts';
import { GuestConnection } from './guest-connection.ts';
import { answerHeaders, requestHeaders, type Asker } from './metadata-headers.ts';

export type MetadataSettings = { readonly url: URL; readonly secret: string };

export type MetadataProxyModules = {
  /** Undefined: no metadata service was named to this agent. */
  readonly settings: () => MetadataSettings | undefined;
  /** Whose port it is; undefined when it is no instance's any more. */
  readonly asker: (portId: PortId) => Omit<Asker, 'address'> | undefined;
  readonly logger: Logger;
};

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT']);
const MOST_BODY = 64 * 1024;
const MOST_ANSWER = 8 * 1024 * 1024;
const MOST_HEADER = 8 * 1024;
/** Requests under way at a time. */
const MOST_OF_PORT = 4;
const MOST = 128;
const UPSTREAM_MS = 15_000;
const SAY_AGAIN_MS = 60_000;

/**
 * Passes HTTP requests of instances on to the metadata service, with headers that say and prove who asks.
 * The service sees requests of this agent alone; instances see nothing of the host.
 */
export class MetadataProxy {
  readonly #modules: MetadataProxyModules;
  readonly #server: Server;
  readonly #underWay = new Map<PortId, number>();
  #all = 0;
  #saidAt = -SAY_AGAIN_MS;
  readonly counters = { requests: 0, answered: 0, refused: 0, failed: 0 };

  constructor(modules: MetadataProxyModules) {
    this.#modules = modules;
    // It never listens: connections are handed to it.
    this.#server = createServer({ maxHeaderSize: MOST_HEADER, keepAlive: false }, (request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    this.#server.maxHeadersCount = 64;
    this.#server.keepAliveTimeout = 0;
    this.#server.on('clientError', (_error, socket: Duplex) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    });
    this.#server.on('checkContinue', (request, response: ServerResponse) => {
      response.writeContinue();
      this.#server.emit('request', request, response);
    });
  }

  take(connection: GuestConnection): void {
    this.#server.emit('connection', connection);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.counters.requests++;
    const { asker } = this.#modules;
    const settings = this.#modules.settings();
    const connection = request.socket as Duplex;
    if (!(connection instanceof GuestConnection)) return;
    const { portId, ip } = connection.guest;
    const instance = asker(portId);
    const { method = '', url = '' } = request;
    if (!METHODS.has(method)) return this.#refuse(response, 405, 'the metadata service knows GET, HEAD, POST and PUT');
    if (!url.startsWith('/')) return this.#refuse(response, 400, 'ask for a path, as in GET /openstack');
    if (instance === undefined) return this.#refuse(response, 404, 'this port is no instance');
    if (settings === undefined) return this.#refuse(response, 503, 'this host knows of no metadata service');
    if (this.#all >= MOST || (this.#underWay.get(portId) ?? 0) >= MOST_OF_PORT) {
      return this.#refuse(response, 503, 'too many requests at a time');
    }
    this.#count(portId, 1);
    response.once('close', () => this.#count(portId, -1));
    const body = await readBody(request);
    if (body === undefined) return this.#refuse(response, 413, `a body may have ${MOST_BODY} bytes`);
    this.#ask(settings, { request, response, body, asker: { ...instance, address: formatIp(ip) } });
    return undefined;
  }

  #count(portId: PortId, by: 1 | -1): void {
    this.#all += by;
    const left = (this.#underWay.get(portId) ?? 0) + by;
    if (left > 0) this.#underWay.set(portId, left);
    else this.#underWay.delete(portId);
  }

  #ask(
    { url, secret }: MetadataSettings,
    of: {
      readonly request: IncomingMessage;
      readonly response: ServerResponse;
      readonly body: Buffer;
      readonly asker: Asker;
    },
  ): void {
    const { request, response, body, asker } = of;
    const headers = requestHeaders(request.headers, asker, secret);
    if (body.length > 0) headers['content-length'] = body.length;
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const path = url.pathname.replace(/\/$/, '') + (request.url ?? '/');
    const timeout = AbortSignal.timeout(UPSTREAM_MS);
    const call = send(url, { method: request.method ?? 'GET', path, headers, agent: false, signal: timeout });
    call.once('response', (answer) => this.#pass(answer, response));
    call.on('error', (error) => {
      this.counters.failed++;
      this.#say(error);
      if (response.headersSent) response.destroy();
      else answerText(response, timeout.aborted ? 504 : 502, 'the metadata service does not answer');
    });
    response.once('close', () => call.destroy());
    call.end(body);
  }

  #pass(answer: IncomingMessage, response: ServerResponse): void {
    let size = 0;
    this.counters.answered++;
    response.writeHead(answer.statusCode ?? 502, answerHeaders(answer.headers));
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_ANSWER) response.destroy();
      else if (!response.write(chunk)) {
        answer.pause();
        response.once('drain', () => answer.resume());
      }
    });
    answer.once('end', () => response.end());
    answer.once('error', () => response.destroy());
  }

  #refuse(response: ServerResponse, status: number, why: string): undefined {
    this.counters.refused++;
    answerText(response, status, why);
  }

  /** Once a minute: instances ask again and again. */
  #say(error: Error): void {
    if (performance.now() - this.#saidAt < SAY_AGAIN_MS) return;
    this.#saidAt = performance.now();
    this.#modules.logger.warn({ err: error }, 'the metadata service does not answer');
  }
}

function answerText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' });
  response.end(`${text}\n`);
}

/** Undefined: longer than it may be. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
