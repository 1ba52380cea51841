/** What a forwarder must know of a DNS message (RFC 1035 4.1): its head and the one question. */
const HEAD = 12;
const RESPONSE = 0x8000;
const OPCODE = 0x7800;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const RECURSION_AVAILABLE = 0x0080;
const SERVER_FAILURE = 2;
const MOST_NAME = 255;

/** Queries are short; what is longer is none that a stub resolver sends. */
export const MOST_QUERY = 1_024;

/** A query with one question; undefined for anything else. `questionEnd`: where what follows it begins. */
export function readQuery(bytes: Buffer): { readonly id: number; readonly questionEnd: number } | undefined {
  if (bytes.length < HEAD || bytes.length > MOST_QUERY) return undefined;
  const flags = bytes.readUInt16BE(2);
  if ((flags & (RESPONSE | OPCODE)) !== 0 || bytes.readUInt16BE(4) !== 1) return undefined;
  const questionEnd = endOfQuestion(bytes);
  return questionEnd === undefined ? undefined : { id: bytes.readUInt16BE(0), questionEnd };
}

/** Whether the message answers this query, sent under the given id: the same question, letter by letter. */
export function answers(message: Buffer, query: Buffer, questionEnd: number, id: number): boolean {
  if (message.length < questionEnd || message.readUInt16BE(0) !== id) return false;
  if ((message.readUInt16BE(2) & RESPONSE) === 0 || message.readUInt16BE(4) !== 1) return false;
  return message.subarray(HEAD, questionEnd).equals(query.subarray(HEAD, questionEnd));
}

/** The same message under another id. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}

/** An answer without its records, so that the client asks again by TCP. */
export function truncated(message: Buffer, questionEnd: number): Buffer {
  return bare(message, questionEnd, message.readUInt16BE(2) | TRUNCATED);
}

/** "I cannot tell": nobody answered in time. */
export function failure(query: Buffer, questionEnd: number): Buffer {
  const desired = query.readUInt16BE(2) & RECURSION_DESIRED;
  return bare(query, questionEnd, RESPONSE | RECURSION_AVAILABLE | SERVER_FAILURE | desired);
}

function bare(message: Buffer, questionEnd: number, flags: number): Buffer {
  const copy = Buffer.from(message.subarray(0, questionEnd));
  copy.writeUInt16BE(flags, 2);
  copy.fill(0, 6, HEAD);
  return copy;
}

function endOfQuestion(bytes: Buffer): number | undefined {
  let at = HEAD;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    // Names of questions are not compressed: there is nothing before them.
    if (length > 63 || at - HEAD > MOST_NAME) return undefined;
    at += 1 + length;
    if (length === 0) return at + 4 <= bytes.length ? at + 4 : undefined;
  }
  return undefined;
}
