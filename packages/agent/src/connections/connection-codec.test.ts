import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { reversed, type Tuple } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { sampleConnection, sampleId } from '../../testing/connection-samples.ts';
import { ConnectionCodec, LONGEST_CONNECTION, type Told } from './connection-codec.ts';

const port = fc.nat(0xffff);
const four = fc.nat(0xffff_ffff);
const six = fc.bigInt({ min: 0n, max: 2n ** 128n - 1n });

const tuple = fc
  .oneof(
    fc.record({ src: four, dst: four, srcPort: port, dstPort: port }),
    fc.record({ src: six, dst: six, srcPort: port, dstPort: port }),
  )
  .map((value) => value as Omit<Tuple, 'proto'>);

const id = fc.oneof(
  fc.uuid(),
  fc.string({ minLength: 1, maxLength: 16, unit: 'grapheme' }).filter((text) => Buffer.byteLength(text) <= 64),
);

const told = fc
  .record({
    device: id,
    proto: fc.nat(255),
    original: tuple,
    reply: fc.option(tuple, { nil: undefined }),
    ingressPort: fc.option(id, { nil: undefined }),
    egressPorts: fc.array(id, { maxLength: 12 }),
    member: fc.option(id, { nil: undefined }),
    progress: fc.record({ original: fc.nat(255), reply: fc.nat(255) }, { noNullPrototype: true }),
  })
  .map(({ device, proto, original: first, reply: second, ingressPort, egressPorts, member, progress }): Told => {
    const original = { proto, ...first };
    const reply = second === undefined ? reversed(original) : { proto, ...second };
    const common = { device, original, reply, ingressPort, egressPorts };
    return { connection: member === undefined ? common : { ...common, member }, progress };
  });

test('what is written is read back, wherever it lies, and so is its key alone', () => {
  const codec = new ConnectionCodec();
  const bytes = new Uint8Array(LONGEST_CONNECTION + 100);
  fc.assert(
    fc.property(told, fc.nat(100), (value, at) => {
      const end = codec.write(bytes, at, value);
      assert.ok(end > at && end - at <= LONGEST_CONNECTION);
      // Another codec remembers no ids.
      assert.deepEqual(new ConnectionCodec().read(bytes, at, end), { told: value, end });
      assert.deepEqual(codec.read(bytes, at, bytes.length)?.told, value);
      for (let cut = at; cut < end; cut += 7) assert.equal(codec.read(bytes, at, cut), undefined);
      const keyEnd = codec.writeKey(bytes, at, value.connection);
      const { device, original, reply } = value.connection;
      assert.deepEqual(codec.readKey(bytes, at, keyEnd), { key: { device, original, reply }, end: keyEnd });
    }),
  );
});

test('the bytes of one, drawn', () => {
  const codec = new ConnectionCodec();
  const bytes = new Uint8Array(LONGEST_CONNECTION);
  const connection = sampleConnection(0, { device: 'r1', egressPorts: [] });
  const end = codec.write(bytes, 0, { connection, progress: { original: 2, reply: 18 } });
  assert.equal(
    Buffer.from(bytes.subarray(0, end)).toString('hex'),
    [
      ...['08', '06', '027231'],
      ...['0a000000', 'c633640a', '0400', '0050'],
      ...['c633640a', 'cb007100', '0050', '0000'],
      ...['02', '12', '00'],
      `00${sampleId(2).replaceAll('-', '')}`,
    ].join(''),
  );
});

test('any bytes give a connection that lies within them, or nothing', () => {
  const codec = new ConnectionCodec();
  const flags = fc.nat(31);
  const plausible = fc
    .tuple(flags, fc.uint8Array({ maxLength: 400 }))
    .map(([first, rest]) => [first, 6, 1, 97, ...rest]);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        plausible.map((list) => Uint8Array.from(list)),
      ),
      (bytes) => {
        const read = codec.read(bytes, 0, bytes.length);
        if (read === undefined) return;
        assert.ok(read.end <= bytes.length);
        const again = new Uint8Array(LONGEST_CONNECTION);
        const end = codec.write(again, 0, read.told);
        assert.deepEqual(codec.read(again, 0, end)?.told, read.told);
      },
    ),
    { numRuns: 2000 },
  );
});

test('what has no encoding is refused, and nothing is written beyond the bound', () => {
  const codec = new ConnectionCodec();
  const bytes = new Uint8Array(LONGEST_CONNECTION + 8).fill(0xee);
  const progress = { original: 0, reply: 0 };
  const write = (over: Parameters<typeof sampleConnection>[1]): number =>
    codec.write(bytes, 0, { connection: sampleConnection(1, over), progress });
  assert.equal(write({ device: '' }), 0);
  assert.equal(write({ member: 'x'.repeat(65) }), 0);
  assert.equal(write({ egressPorts: Array.from({ length: 61 }, (_, i) => sampleId(i)) }), 0);
  assert.equal(write({ egressPorts: Array.from({ length: 60 }, (_, i) => `${'x'.repeat(60)}${i}`) }), 0);
  assert.equal(write({ reply: { proto: 17, src: 1 as IpAddress, dst: 2 as IpAddress, srcPort: 0, dstPort: 0 } }), 0);
  assert.ok(write({ egressPorts: Array.from({ length: 60 }, (_, i) => sampleId(i)) }) > 0);
  assert.deepEqual(bytes.subarray(LONGEST_CONNECTION), new Uint8Array(8).fill(0xee));
});
