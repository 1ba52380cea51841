import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMac, printFrame, type Mac } from '@midonet/packet';
import { CliError } from '../cli-error.ts';
import { frameOf, parsePacketText } from './packet-text.ts';

const mac = (text: string): Mac => parseMac(text) ?? assert.fail(text);
const DETAILS = { srcMac: mac('02:00:00:00:00:01'), dstMac: mac('02:00:00:00:00:02'), ttl: 7, payload: 4 };

function print(text: string): string {
  return printFrame(frameOf(parsePacketText(text), DETAILS));
}

test('text becomes the frame it says', () => {
  assert.match(print('udp 10.0.0.2:1000 > 10.0.1.3:53'), /10\.0\.0\.2.*10\.0\.1\.3.*1000.*53/);
  assert.match(print('tcp [fd00::1]:80 > [fd00::2]:99'), /fd00::1.*fd00::2.*80.*99/);
  assert.match(print('ping 10.0.0.2 10.0.1.3'), /echo/i);
  assert.match(print('icmp fd00::1 > fd00::2'), /echo/i);
  assert.match(print('arp 10.0.0.2 > 10.0.0.1'), /^02:00:00:00:00:01 > ff:ff:ff:ff:ff:ff.*10\.0\.0\.1/);
});

test('what is no packet is a usage error that shows the form', () => {
  for (const text of [
    '',
    'udp',
    'udp 10.0.0.1',
    'udp 10.0.0.1:1 > 10.0.0.2',
    'udp 10.0.0.1:1 > 10.0.0.2:99999',
    'udp 10.0.0.1:1 > 10.0.0.2:5 > 10.0.0.3:5',
    'gre 10.0.0.1 > 10.0.0.2',
    'icmp 10.0.0.1 > fd00::1',
    'icmp 10.0.0.256 > 10.0.0.1',
  ]) {
    assert.throws(
      () => parsePacketText(text),
      (error) => error instanceof CliError && error.code === 'usage',
      text,
    );
  }
  assert.throws(() => frameOf(parsePacketText('arp fd00::1 > fd00::2'), DETAILS), CliError);
});
