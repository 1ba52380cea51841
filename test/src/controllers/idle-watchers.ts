import { createInterface } from 'node:readline';
import { webSocketDial } from '@midonet/agent';
import type { ClientMessage, ServerMessage } from '@midonet/contract';

/**
 * Many watchers that say nothing: `node idle-watchers.ts URL TOKEN COUNT BRIDGE`. A line is printed
 * when all have their snapshots, and one for each name of the bridge that all have heard of. Ends
 * with its standard input.
 */
const [url = '', token = '', count = '0', bridgeId = ''] = process.argv.slice(2);
/** Handshakes under way at once. */
const WAVE = 100;

const heard = new Map<string, number>();
const dial = webSocketDial(token);

function onDelta(message: Extract<ServerMessage, { op: 'delta' }>): void {
  for (const { value } of message.changes) {
    const name: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'name') : undefined;
    if (typeof name !== 'string') continue;
    const now = (heard.get(name) ?? 0) + 1;
    heard.set(name, now);
    if (now === Number(count)) console.log(`heard ${name}`);
  }
}

/** Resolves when it has both snapshots. */
function watch(): Promise<void> {
  return new Promise((resolve, reject) => {
    let snapshots = 0;
    const send = (message: ClientMessage): void => socket.send(JSON.stringify(message));
    const socket = dial(url, {
      onOpen: () => send({ op: 'hello', protocol: 1 }),
      onClosed: (reason) => reject(new Error(reason)),
      onText: (text) => {
        const message = JSON.parse(text) as ServerMessage;
        if (message.op === 'welcome') {
          send({ op: 'subscribe', sub: 1, topic: { kind: 'bridge', id: bridgeId } });
          send({ op: 'subscribe', sub: 2, topic: { kind: 'collection', of: 'tunnelZone' } });
        }
        if (message.op === 'snapshot' && ++snapshots === 2) resolve();
        if (message.op === 'delta') onDelta(message);
      },
    });
  });
}

for (let left = Number(count); left > 0; left -= WAVE) {
  await Promise.all(Array.from({ length: Math.min(WAVE, left) }, watch));
}
console.log('all');
for await (const _line of createInterface({ input: process.stdin }));
process.exit(0);
