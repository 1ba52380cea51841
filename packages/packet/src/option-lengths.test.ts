import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHex } from './bytes.ts';
import { parseDhcpRoutes } from './dhcp4-routes.ts';
import { parseNeighbourOptions } from './neighbour-options.ts';
import { parseTcpOptions } from './tcp-options.ts';

const bytesOf = (hex: string): Uint8Array => parseHex(hex) ?? new Uint8Array(0);

test('classless routes that are cut short or too long a prefix are not routes', () => {
  assert.equal(parseDhcpRoutes(bytesOf('18 0a0000 0a0000')), undefined);
  assert.equal(parseDhcpRoutes(bytesOf('21 0a000000 00 0a000001')), undefined);
  assert.deepEqual(parseDhcpRoutes(bytesOf('18 0a0000 0a000001'))?.length, 1);
});

test('neighbour options: zero and overlong lengths are refused, odd lengths of known types kept unknown', () => {
  const parse = (hex: string) => parseNeighbourOptions(bytesOf(hex), 0, bytesOf(hex).length);
  assert.equal(parse('01 00 000000000000').kind, 'malformed');
  assert.equal(parse('01 02 020000000001').kind, 'malformed');
  const long = parse('01 02 020000000001 0000000000000000');
  assert.equal(long.kind === 'neighbourOptions' ? long.options[0]?.kind : '', 'unknown');
  const dns = parse('19 02 0000 00000001 0000000000000000');
  assert.equal(dns.kind === 'neighbourOptions' ? dns.options[0]?.kind : '', 'unknown');
});

test('TCP options: lengths under two and past the header are refused, odd ones kept unknown', () => {
  const parse = (hex: string) => parseTcpOptions(bytesOf(hex), 0, bytesOf(hex).length);
  assert.equal(parse('02 01 0000').kind, 'malformed');
  assert.equal(parse('02 05 0000').kind, 'malformed');
  assert.equal(parse('02').kind, 'malformed');
  const odd = parse('02 03 05 00');
  assert.equal(odd.kind === 'tcpOptions' ? odd.options[0]?.kind : '', 'unknown');
});
