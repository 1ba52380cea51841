import { Client, Metadata, status, type ClientDuplexStream, type ChannelCredentials } from '@grpc/grpc-js';
import { setTimeout as delay } from 'node:timers/promises';
import type { Methods, Streams } from './messages.ts';
import { channelCredentials, parseEndpoints, type Endpoint, type Tls } from './endpoints.ts';
import { RpcError, rpcErrorOf } from './rpc-error.ts';
import { streamCodec, unaryCodec } from './schema.ts';

export type ConnectionOptions = {
  readonly urls: readonly string[];
  readonly tls?: Tls | undefined;
  readonly login?: { readonly name: string; readonly password: string } | undefined;
  /** How long one attempt may take. A stalled member (slow disk, no quorum) answers late or never. */
  readonly attemptMs: number;
};

export type Stream<M extends keyof Streams> = {
  readonly endpoint: string;
  readonly call: ClientDuplexStream<Streams[M]['in'], Streams[M]['out']>;
};

const CHANNEL = {
  // A member that restarts is found again within a second; the default waits up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  // A peer that vanished without a word (power, network). etcd refuses pings more often than every 5 s.
  'grpc.keepalive_time_ms': 6000,
  'grpc.keepalive_timeout_ms': 3000,
};

const FIRST_PAUSE_MS = 20;
const LAST_PAUSE_MS = 400;

/** Calls to whichever of the endpoints answers. Stays with one until it fails, then turns to the next. */
export class Connection {
  readonly #endpoints: readonly Endpoint[];
  readonly #credentials: ChannelCredentials;
  readonly #options: ConnectionOptions;
  readonly #clients = new Map<string, Client>();
  readonly #closing = new AbortController();
  #turn = 0;
  #token: Promise<string> | undefined;

  /** Connects nothing yet. Throws StoreError 'invalid' for URLs or certificates that cannot be. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#endpoints = parseEndpoints(options.urls, options.tls);
    this.#credentials = channelCredentials(this.#endpoints, options.tls);
  }

  /** The endpoint in use. */
  get endpoint(): string {
    return this.#current().url;
  }

  /**
   * Asks until an endpoint answers or `deadline` (performance.now()) has passed: only for what may be
   * done twice. Throws RpcError: the refusal, or what went wrong last.
   */
  async ask<M extends keyof Methods>(
    method: M,
    message: Methods[M]['in'],
    deadline: number,
  ): Promise<Methods[M]['out']> {
    let pause = FIRST_PAUSE_MS;
    for (;;) {
      const { url } = this.#current();
      try {
        return await this.#attempt(method, message, deadline);
      } catch (error) {
        if (!(error instanceof RpcError)) throw error;
        if (error.loginNeeded && this.#options.login !== undefined && method !== 'Auth.Authenticate') {
          this.#token = undefined;
        } else if (error.passing) this.gaveUp(url);
        else throw error;
        if (this.#closing.signal.aborted || performance.now() + pause >= deadline) throw error;
        await delay(pause);
        pause = Math.min(LAST_PAUSE_MS, pause * 2);
      }
    }
  }

  /** Opens a stream at the endpoint in use. `hasleader` makes etcd end it when that member loses its leader. */
  async stream<M extends keyof Streams>(method: M): Promise<Stream<M>> {
    const { url } = this.#current();
    const { path, write, read } = streamCodec(method);
    const metadata = await this.#metadata(performance.now() + this.#options.attemptMs);
    return { endpoint: url, call: this.#client().makeBidiStreamRequest(path, write, read, metadata) };
  }

  /** That endpoint failed: turn to the next, unless that was done already. */
  gaveUp(url: string): void {
    if (this.#current().url === url) this.#turn++;
  }

  /** A stream was refused for its token. */
  forgetLogin(): void {
    this.#token = undefined;
  }

  close(): void {
    this.#closing.abort();
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  async #attempt<M extends keyof Methods>(
    method: M,
    message: Methods[M]['in'],
    deadline: number,
  ): Promise<Methods[M]['out']> {
    const metadata = method === 'Auth.Authenticate' ? new Metadata() : await this.#metadata(deadline);
    const { path, write, read } = unaryCodec(method);
    const { url } = this.#current();
    const ms = Math.max(1, Math.min(this.#options.attemptMs, deadline - performance.now()));
    return new Promise((resolve, reject) => {
      const options = { deadline: Date.now() + ms };
      this.#client().makeUnaryRequest(path, write, read, message, metadata, options, (error, answer) => {
        if (error !== null) reject(rpcErrorOf(error, url));
        else if (answer === undefined) reject(new RpcError(status.INTERNAL, url, 'an empty answer'));
        else resolve(answer);
      });
    });
  }

  async #metadata(deadline: number): Promise<Metadata> {
    const metadata = new Metadata();
    metadata.set('hasleader', 'true');
    const { login } = this.#options;
    if (login === undefined) return metadata;
    if (this.#token === undefined) {
      const token = this.ask('Auth.Authenticate', login, deadline).then((answer) => answer.token);
      this.#token = token;
      // The next call logs in anew; whoever waits for this one gets its error.
      token.catch(() => (this.#token = undefined));
    }
    metadata.set('token', await this.#token);
    return metadata;
  }

  #current(): Endpoint {
    return this.#endpoints[this.#turn % this.#endpoints.length]!;
  }

  #client(): Client {
    const { target, url } = this.#current();
    if (this.#closing.signal.aborted) throw new RpcError(status.CANCELLED, url, 'the store is closed');
    let client = this.#clients.get(target);
    if (client === undefined) this.#clients.set(target, (client = new Client(target, this.#credentials, CHANNEL)));
    return client;
  }
}
