import { describe } from 'node:test';
import { memoryWires } from './memory-wires.ts';
import { scenarioTable } from './table.ts';

describe('scenarios: agents on the memory datapath', () => {
  const wires = memoryWires();
  scenarioTable(() => wires);
});
