import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IP_PROTOCOL, TCP_FLAG } from '@midonet/packet';
import { lifetimeOf, phaseOf, PHASES, SEEN, seenOf } from './connection-lifetimes.ts';

const MINUTE = 60_000;
const { tcp, udp, icmp4, icmp6 } = IP_PROTOCOL;
const { syn, ack, fin, rst } = TCP_FLAG;

test('RFC 4787 REQ-5, REQ-5 c: a UDP mapping rests at least two minutes, five by default, on any port', () => {
  for (const phase of PHASES) assert.equal(lifetimeOf(udp, phase), 5 * MINUTE);
});

test('RFC 5382 REQ-5: an established TCP connection may rest two hours and four minutes, also half closed', () => {
  for (const [original, reply] of [
    [syn | ack, syn | ack],
    [ack, ack],
    [syn | ack | fin, syn | ack],
  ] as const) {
    const phase = phaseOf(tcp, seenOf(original), seenOf(reply));
    assert.ok(lifetimeOf(tcp, phase) >= 124 * MINUTE, `${original} ${reply}`);
  }
});

test('RFC 5382 REQ-5: one that opens or closes may rest four minutes', () => {
  for (const [original, reply] of [
    [syn, 0],
    [syn, syn],
    [syn | ack | fin, syn | ack | fin],
    [syn | ack, syn | ack | rst],
  ] as const) {
    const phase = phaseOf(tcp, seenOf(original), reply === 0 ? 0 : seenOf(reply));
    assert.equal(lifetimeOf(tcp, phase), 4 * MINUTE, `${original} ${reply}`);
  }
});

test('RFC 5508 REQ-2: an ICMP query may rest sixty seconds', () => {
  for (const proto of [icmp4, icmp6]) {
    for (const reply of [0, SEEN]) assert.equal(lifetimeOf(proto, phaseOf(proto, SEEN, reply)), MINUTE);
  }
});
