import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answers, failure, MOST_QUERY, readQuery, truncated, withId } from './dns-message.ts';

const NAME = Buffer.from('\x03www\x07example\x00\x00\x01\x00\x01', 'latin1');
const head = (id: number, flags: number, questions = 1, records = 0): Buffer => {
  const bytes = Buffer.alloc(12);
  [id, flags, questions, records].forEach((value, i) => bytes.writeUInt16BE(value, 2 * i));
  return bytes;
};
const QUERY = Buffer.concat([head(0x1234, 0x0100), NAME]);
const END = QUERY.length;

test('a query with one question is read, with what follows the question left alone', () => {
  assert.deepEqual(readQuery(QUERY), { id: 0x1234, questionEnd: END });
  const withOption = Buffer.concat([QUERY, Buffer.from([0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0])]);
  assert.equal(readQuery(withOption)?.questionEnd, END);
});

for (const [what, bytes] of [
  ['an answer', Buffer.concat([head(1, 0x8180), NAME])],
  ['an update', Buffer.concat([head(1, 0x2800), NAME])],
  ['two questions', Buffer.concat([head(1, 0x0100, 2), NAME, NAME])],
  ['no question', head(1, 0x0100, 0)],
  ['a question cut short', QUERY.subarray(0, -3)],
  ['a compressed name', Buffer.concat([head(1, 0x0100), Buffer.from([0xc0, 12, 0, 1, 0, 1])])],
  ['a name without an end', Buffer.concat([head(1, 0x0100), Buffer.alloc(400, 1)])],
  ['too long a query', Buffer.concat([QUERY, Buffer.alloc(MOST_QUERY)])],
  ['nothing', Buffer.alloc(0)],
] as const) {
  test(`${what} is not forwarded`, () => {
    assert.equal(readQuery(bytes), undefined);
  });
}

test('an answer is one to the id it was asked under and to the very question', () => {
  const answer = Buffer.concat([head(7, 0x8180, 1, 1), NAME, Buffer.from('record')]);
  assert.ok(answers(answer, QUERY, END, 7));
  assert.ok(!answers(answer, QUERY, END, 8));
  assert.ok(!answers(withId(QUERY, 7), QUERY, END, 7), 'a query is no answer');
  const other = Buffer.from(answer);
  other.write('wwx', 13);
  assert.ok(!answers(other, QUERY, END, 7));
  assert.ok(!answers(answer.subarray(0, END - 1), QUERY, END, 7));
});

test('what does not fit is said to be cut, what nobody answers to have failed', () => {
  const answer = Buffer.concat([head(7, 0x8180, 1, 90), NAME, Buffer.alloc(2_000)]);
  const cut = truncated(answer, END);
  assert.equal(cut.length, END);
  assert.equal(cut.readUInt16BE(2), 0x8380);
  assert.equal(cut.readUInt16BE(6), 0, 'no records');
  const failed = failure(QUERY, END);
  assert.equal(failed.readUInt16BE(0), 0x1234);
  assert.equal(failed.readUInt16BE(2), 0x8182, 'an answer, recursion wanted and there, SERVFAIL');
});
