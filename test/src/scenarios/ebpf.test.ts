import { after, before, describe, test } from 'node:test';
import { kernelTestsImpossible } from '@midonet/datapath/testing/ebpf';
import { ebpfWires } from './ebpf-wires.ts';
import { scenarioTable } from './table.ts';
import type { Wires } from './wires.ts';

const impossible = kernelTestsImpossible();
if (impossible !== undefined) test('scenarios: agents on the eBPF datapath', { skip: impossible }, () => undefined);
else {
  describe('scenarios: agents on the eBPF datapath', () => {
    let wires: Wires | undefined;
    before(async () => void (wires = await ebpfWires()));
    after(() => wires?.close());
    scenarioTable(() => {
      if (wires === undefined) throw new Error('the wires are not laid');
      return wires;
    });
  });
}
