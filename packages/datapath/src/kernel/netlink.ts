import { allocate, checked, EAGAIN, EINTR, errno, libc, SystemError } from './libc.ts';

/** Messages and attributes of rtnetlink (rtnetlink(7)): lengths in front, everything aligned to 4. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x80000;
const SOCK_NONBLOCK = 0x800;
const MSG_DONTWAIT = 0x40;
const ENOBUFS = 105;
const HEADER = 16;

export const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

export type Message = { readonly type: number; readonly body: DataView };

export type Received = 'overrun' | readonly Message[];

/** A netlink route socket in the calling thread's namespace. */
export class RouteSocket {
  readonly fd: number;
  readonly #buffer = allocate(1 << 18);
  #sequence = 1;

  /** `groups`: bits of RTMGRP_*; 0 for requests only. */
  constructor(groups: number) {
    this.fd = checked('netlink socket', libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const address = allocate(12);
    address.view.setUint16(0, AF_NETLINK, true);
    address.view.setUint32(8, groups, true);
    checked('netlink bind', libc.bind(this.fd, address.address, 12));
  }

  /** Asks for one thing to be done and gives what was answered before the acknowledgement. Throws SystemError. */
  request(type: number, body: Uint8Array): Message | undefined {
    this.#ask(type, NLM_F_REQUEST | NLM_F_ACK, body);
    let answer: Message | undefined;
    for (;;) {
      const messages = this.receive(true);
      if (messages === 'overrun') throw new SystemError('netlink request', ENOBUFS);
      for (const message of messages) {
        if (message.type !== NLMSG_ERROR) {
          answer = message;
          continue;
        }
        const error = -message.body.getInt32(0, true);
        if (error !== 0) throw new SystemError('netlink request', error);
        return answer;
      }
    }
  }

  /** Sends a dump request and calls `each` for its answers. Throws SystemError. */
  dump(type: number, body: Uint8Array, each: (message: Message) => void): void {
    this.#ask(type, NLM_F_REQUEST | NLM_F_DUMP, body);
    for (;;) {
      const messages = this.receive(true);
      if (messages === 'overrun') throw new SystemError('netlink dump', ENOBUFS);
      for (const message of messages) {
        if (message.type === NLMSG_DONE) return;
        if (message.type === NLMSG_ERROR) throw new SystemError('netlink dump', -message.body.getInt32(0, true));
        each(message);
      }
    }
  }

  #ask(type: number, flags: number, body: Uint8Array): void {
    const { view, bytes, address } = this.#buffer;
    const length = HEADER + body.length;
    view.setUint32(0, length, true);
    view.setUint16(4, type, true);
    view.setUint16(6, flags, true);
    view.setUint32(8, this.#sequence++, true);
    view.setUint32(12, 0, true);
    bytes.set(body, HEADER);
    checked('netlink send', libc.send(this.fd, address, length, 0));
  }

  /** What is there now (`wait` false: perhaps nothing). 'overrun': events were lost, dump again. */
  receive(wait: boolean): Received {
    for (;;) {
      const length = libc.recv(this.fd, this.#buffer.address, this.#buffer.bytes.length, MSG_DONTWAIT);
      if (length >= 0) return split(this.#buffer.bytes.slice(0, length));
      const error = errno();
      if (error === ENOBUFS) return 'overrun';
      if (error === EINTR || (error === EAGAIN && wait)) continue;
      if (error === EAGAIN) return [];
      throw new SystemError('netlink receive', error);
    }
  }

  close(): void {
    libc.close(this.fd);
  }
}

function split(bytes: Uint8Array): Message[] {
  const view = new DataView(bytes.buffer);
  const messages: Message[] = [];
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = view.getUint32(at, true);
    if (length < HEADER || at + length > bytes.length) break;
    messages.push({
      type: view.getUint16(at + 4, true),
      body: new DataView(bytes.buffer, at + HEADER, length - HEADER),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}

/** Attribute of four bytes. */
export function attribute(type: number, value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setUint16(0, 8, true);
  view.setUint16(2, type, true);
  view.setUint32(4, value, true);
  return new Uint8Array(view.buffer);
}

/** Attributes behind a fixed header of `skip` bytes, by type. */
export function attributes(body: DataView, skip: number): Map<number, DataView> {
  const found = new Map<number, DataView>();
  for (let at = skip; at + 4 <= body.byteLength;) {
    const length = body.getUint16(at, true);
    if (length < 4 || at + length > body.byteLength) break;
    found.set(body.getUint16(at + 2, true) & 0x3fff, new DataView(body.buffer, body.byteOffset + at + 4, length - 4));
    at += (length + 3) & ~3;
  }
  return found;
}

/** Text of an attribute, without its NUL. */
export function attributeText(value: DataView | undefined): string {
  if (value === undefined) return '';
  const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(bytes.subarray(0, end < 0 ? bytes.length : end));
}
