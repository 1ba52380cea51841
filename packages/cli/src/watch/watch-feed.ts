import { WATCH_VERSIONS, type ClientMessage, type ServerMessage } from '@midonet/contract';
import { CliError } from '../cli-error.ts';
import type { Connection } from '../connection.ts';
import { KnownObjects, type WatchedChange } from './known-objects.ts';

export type WatchEvents = {
  /** Everything asked for is known; `again`: after the connection was lost. */
  onReady(again: boolean): void;
  /** What was not told for the time it was away is told as one change each, as it is now. */
  onStartOver(kind: string, reason: string): void;
  /** `first`: what was there when the watch began. */
  onChange(change: WatchedChange, first: boolean): void;
};

const RETRY_MS = 1000;
/** How often it asks up to where there was nothing for it, to go on from there. */
const ASK_MS = 20_000;

type Subscription = { readonly kind: string; readonly known: KnownObjects; revision: number | undefined };

/**
 * Follows whole collections until `signal` fires. When a controller goes away it goes on at the next
 * one, from the revision it has seen, so that nothing is missed and nothing told twice.
 */
export async function followCollections(
  { urls, token }: Connection,
  kinds: readonly string[],
  events: WatchEvents,
  signal: AbortSignal,
): Promise<void> {
  const subscriptions = kinds.map((kind): Subscription => ({ kind, known: new KnownObjects(), revision: undefined }));
  const state = { ready: false };
  const onReady = (): void => {
    events.onReady(state.ready);
    state.ready = true;
  };
  for (let turn = 0; !isOver(signal); turn++) {
    const url = urls[turn % urls.length] ?? '';
    const ended = await followOnce({ url, token }, subscriptions, { ...events, onReady }, signal);
    if (isOver(signal)) return;
    if (!state.ready && turn + 1 >= urls.length) throw new CliError('unreachable', `no watch at ${url}: ${ended}`);
    await pause(RETRY_MS, signal);
  }
}

/** Asked anew after each wait: it may have fired meanwhile. */
function isOver(signal: AbortSignal): boolean {
  return signal.aborted;
}

/** One connection, from hello to its end; resolves with why it ended. */
function followOnce(
  { url, token }: { readonly url: string; readonly token: string | undefined },
  subscriptions: readonly Subscription[],
  events: WatchEvents,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(watchUrl(url));
    const send = (message: ClientMessage): void => socket.send(JSON.stringify(message));
    const stop = (): void => socket.close();
    signal.addEventListener('abort', stop, { once: true });
    const asking = setInterval(() => {
      if (welcomed && socket.readyState === WebSocket.OPEN) send({ op: 'ping' });
    }, ASK_MS);
    const waiting = new Set<number>();
    let welcomed = false;
    socket.onopen = () => send({ op: 'hello', protocol: WATCH_VERSIONS.from, upTo: WATCH_VERSIONS.to, token });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(String(data)) as ServerMessage; // the controller's own form
      switch (message.op) {
        case 'welcome':
          welcomed = true;
          for (const [sub, { kind, revision }] of subscriptions.entries()) {
            if (revision === undefined) waiting.add(sub);
            send({ op: 'subscribe', sub, topic: { kind: 'collection', of: kind }, since: revision });
          }
          if (waiting.size === 0) events.onReady(true);
          return;
        case 'snapshot':
        case 'delta': {
          const one = subscriptions[message.sub];
          if (one === undefined) return;
          const first = one.revision === undefined;
          one.revision = message.revision;
          const changes =
            message.op === 'snapshot'
              ? one.known.replace(message.items, message.revision)
              : one.known.apply(message.changes, message.revision);
          for (const change of changes) events.onChange(change, first);
          if (waiting.delete(message.sub) && waiting.size === 0) events.onReady(false);
          return;
        }
        case 'refused':
          if (message.code === 'protocol') reject(new CliError('failure', message.message));
          reject(new CliError('forbidden', `the controller does not let you watch this: ${message.message}`));
          socket.close();
          return;
        case 'resync': {
          const one = subscriptions[message.sub];
          if (one !== undefined) events.onStartOver(one.kind, message.reason ?? 'it gives no reason');
          return;
        }
        case 'pong':
          for (const one of subscriptions) {
            if (one.revision !== undefined) one.revision = Math.max(one.revision, message.settled ?? 0);
          }
          return;
        case 'ack':
        case 'natBlocks':
        case 'leaving': // it closes the connection next
          return;
      }
    };
    socket.onerror = () => undefined; // 'close' follows and says more
    socket.onclose = ({ code, reason }) => {
      clearInterval(asking);
      signal.removeEventListener('abort', stop);
      if (!welcomed && (code === 1008 || code === 4401)) {
        reject(new CliError('forbidden', `the controller refused the token: ${reason}`));
        return;
      }
      resolve(reason === '' ? `the connection closed with code ${code}` : reason);
    };
  });
}

function watchUrl(controller: string): string {
  const url = new URL(controller);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = '/midonet-api/watch';
  return url.href;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
