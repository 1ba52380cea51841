import WebSocket from 'ws';
import type { Dial, Socket, SocketEvents } from './transport.ts';

const WATCH_PATH = '/midonet-api/watch';
/** A snapshot of a large bridge is a few megabytes; nothing a controller sends is near this. */
const MAX_MESSAGE = 256 * 1024 * 1024;
const HANDSHAKE_MS = 10_000;

/** Dials a controller given by its HTTP URL; the token travels in the Authorization header. */
export function webSocketDial(token: string | undefined): Dial {
  return (url, events) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    try {
      return follow(
        new WebSocket(watchUrl(url), { headers, maxPayload: MAX_MESSAGE, handshakeTimeout: HANDSHAKE_MS }),
        events,
      );
    } catch (error) {
      queueMicrotask(() => events.onClosed(messageOf(error)));
      return { send: () => undefined, close: () => undefined };
    }
  };
}

function follow(socket: WebSocket, events: SocketEvents): Socket {
  let failure: string | undefined;
  socket.on('open', () => events.onOpen());
  socket.on('message', (data, isBinary) => {
    if (!isBinary) events.onText(textOf(data));
  });
  // Terminating a refused handshake is an error of its own; the refusal is what matters.
  socket.on('error', (error) => (failure ??= error.message));
  socket.on('unexpected-response', (_request, response) => {
    failure =
      response.statusCode === 401
        ? 'the controller refused the token (401): check --token, or enrol this host anew'
        : `HTTP ${response.statusCode}`;
    socket.terminate();
  });
  socket.on('close', (code, reason) => events.onClosed(failure ?? (reason.toString() || `closed with code ${code}`)));
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => socket.terminate(),
  };
}

/** `http(s)://host:port[/midonet-api]` becomes the watch's address. */
function watchUrl(controller: string): string {
  const url = new URL(controller);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.pathname = WATCH_PATH;
  return url.href;
}

function textOf(data: WebSocket.RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return data instanceof ArrayBuffer ? Buffer.from(data).toString('utf8') : data.toString('utf8');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
