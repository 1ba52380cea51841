import type { ClientMessage, ServerMessage } from '@midonet/contract';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { TOKEN } from './harness.ts';

type Waiter = { readonly fits: (message: ServerMessage) => boolean; readonly done: (message: ServerMessage) => void };

/** The far end of a watch, for tests: sends frames and waits for those it is interested in. */
export class WatchClient {
  readonly socket: WebSocket;
  readonly seen: ServerMessage[] = [];
  readonly #waiters: Waiter[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as ServerMessage;
      const at = this.#waiters.findIndex((waiter) => waiter.fits(message));
      if (at < 0) this.seen.push(message);
      else this.#waiters.splice(at, 1)[0]?.done(message);
    });
  }

  static async connect(apiUrl: string, token: string | undefined = TOKEN): Promise<WatchClient> {
    const url = `${apiUrl.replace(/^http/, 'ws')}/watch`;
    const socket = new WebSocket(url, { headers: token === '' ? {} : { authorization: `Bearer ${token}` } });
    const client = new WatchClient(socket);
    await once(socket, 'open');
    return client;
  }

  send(message: ClientMessage): void {
    this.socket.send(JSON.stringify(message));
  }

  /** The first message that fits, seen already or still to come; the test's own timeout bounds it. */
  next<O extends ServerMessage['op']>(
    op: O,
    fits: (message: Extract<ServerMessage, { op: O }>) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { op: O }>> {
    const is = (message: ServerMessage): message is Extract<ServerMessage, { op: O }> => message.op === op;
    const both = (message: ServerMessage): boolean => is(message) && fits(message);
    const at = this.seen.findIndex(both);
    const early = at < 0 ? undefined : this.seen.splice(at, 1)[0];
    if (early !== undefined && is(early)) return Promise.resolve(early);
    return new Promise((resolve) => {
      this.#waiters.push({
        fits: both,
        done: (message) => {
          if (is(message)) resolve(message);
        },
      });
    });
  }

  async hello(host?: {
    readonly id: string;
    readonly name: string;
    readonly lease?: string;
  }): Promise<string | undefined> {
    this.send({ op: 'hello', protocol: 1, host });
    return (await this.next('welcome')).lease;
  }

  async close(): Promise<void> {
    if (this.socket.readyState === WebSocket.CLOSED) return;
    const closed = once(this.socket, 'close');
    this.socket.close();
    await closed;
  }
}
