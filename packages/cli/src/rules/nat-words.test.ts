import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CliError } from '../cli-error.ts';
import { natTargetsWord, natTargetText } from './nat-words.ts';

const shape = (text: string) => {
  const [target] = natTargetsWord('to', text);
  return [target?.addressFrom, target?.addressTo, target?.portFrom, target?.portTo];
};

test('targets of NAT in every form, and back', () => {
  assert.deepEqual(shape('203.0.113.5'), ['203.0.113.5', '203.0.113.5', 0, 0]);
  assert.deepEqual(shape('10.0.0.5:80'), ['10.0.0.5', '10.0.0.5', 80, 80]);
  assert.deepEqual(shape('10.0.0.5-10.0.0.9:1024-65535'), ['10.0.0.5', '10.0.0.9', 1024, 65535]);
  assert.deepEqual(shape('2001:db8::5'), ['2001:db8::5', '2001:db8::5', 0, 0]);
  assert.deepEqual(shape('2001:db8::5-2001:db8::9'), ['2001:db8::5', '2001:db8::9', 0, 0]);
  assert.deepEqual(shape('[2001:DB8::5]:80'), ['2001:db8::5', '2001:db8::5', 80, 80]);
  assert.deepEqual(shape('[2001:db8::5-2001:db8::9]:1-2'), ['2001:db8::5', '2001:db8::9', 1, 2]);
  for (const text of [
    '203.0.113.5',
    '10.0.0.5-10.0.0.9:1024-65535',
    '2001:db8::5',
    '[2001:db8::5]:80',
    '[2001:db8::5-2001:db8::9]:1-2',
    '10.0.0.5:80,10.0.0.6:81',
  ]) {
    assert.equal(natTargetsWord('to', text).map(natTargetText).join(','), text);
  }
});

test('what is no target is refused with an example', () => {
  for (const text of [
    '',
    'web',
    '10.0.0.0/24',
    '10.0.0.5:',
    '10.0.0.5:x',
    '10.0.0.5:9-3',
    '10.0.0.5:65536',
    '[::1',
    '10.0.0.1-10.0.0.2-10.0.0.3',
    '10.0.0.1,,10.0.0.2',
    '[10.0.0.1]80',
  ]) {
    assert.throws(
      () => natTargetsWord('to', text),
      (error) => error instanceof CliError && error.code === 'usage' && error.message.startsWith('to: '),
      text,
    );
  }
});
