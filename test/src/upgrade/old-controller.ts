import type { Dial, SocketEvents } from '@midonet/agent';
import { isAnswer, WATCH_1, type Frame } from './recorded-watch.ts';

/** What a controller of watch protocol 1 read; the fields it did not know it passed over. */
const READ_BY_VERSION_1 = ['hello', 'subscribe', 'unsubscribe', 'rows', 'natLease', 'natRenew', 'natRelease', 'ping'];

const topicOf = (frame: Frame): string => JSON.stringify(frame['topic']);

/** The recorded controller: it knows protocol 1 alone, and tells what it told then. */
export class OldController {
  readonly heard: Frame[] = [];
  /** What it did not understand. */
  readonly refused: Frame[] = [];

  readonly dial: Dial = (_url, events) => {
    let closed = false;
    const close = (reason: string): void => {
      if (closed) return;
      closed = true;
      events.onClosed(reason);
    };
    queueMicrotask(() => events.onOpen());
    return {
      send: (text) => {
        if (!closed) this.#hear(JSON.parse(text) as Frame, events, close);
      },
      close: () => close('closed'),
    };
  };

  #hear(frame: Frame, events: SocketEvents, close: (reason: string) => void): void {
    this.heard.push(frame);
    const tell = (message: object): void => queueMicrotask(() => events.onText(JSON.stringify(message)));
    if (!READ_BY_VERSION_1.includes(frame.op)) this.refused.push(frame);
    switch (frame.op) {
      case 'hello':
        if (frame['protocol'] === 1) tell(recorded((each) => each.op === 'welcome'));
        else {
          tell({ op: 'refused', code: 'protocol', message: 'this controller speaks watch protocol 1' });
          queueMicrotask(() => close('protocol'));
        }
        return;
      case 'subscribe':
        tell({ op: 'snapshot', sub: frame['sub'], revision: 40, items: contentOf(frame) });
        return;
      case 'natLease':
      case 'natRenew':
        tell({ ...recorded((each) => each.op === 'natBlocks', frame.op), id: frame['id'] });
        return;
      case 'rows':
      case 'natRelease':
        tell({ op: 'ack', id: frame['id'] });
        return;
    }
  }
}

function recorded(fits: (frame: Frame) => boolean, askedBy?: string): Frame {
  const asked = WATCH_1.find(({ from, frame }) => from === 'agent' && frame.op === askedBy)?.frame;
  const found = WATCH_1.find(
    ({ from, frame }) => from === 'controller' && fits(frame) && (asked === undefined || isAnswer(asked, frame)),
  );
  if (found === undefined) throw new Error(`no answer to ${askedBy} was recorded`);
  return found.frame;
}

/** All that the session told of a topic. */
function contentOf(subscribe: Frame): { key: string; value: unknown }[] {
  const then = WATCH_1.find(({ frame }) => frame.op === 'subscribe' && topicOf(frame) === topicOf(subscribe))?.frame;
  const items = new Map<string, unknown>();
  for (const { from, frame } of WATCH_1) {
    if (from !== 'controller' || then === undefined || frame['sub'] !== then['sub']) continue;
    const changes = (frame['items'] ?? frame['changes'] ?? []) as { key: string; value: unknown }[];
    for (const { key, value } of changes) items.set(key, value);
  }
  return [...items].map(([key, value]) => ({ key, value }));
}
