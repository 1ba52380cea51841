import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentOf } from './agent-lock.ts';

test('the agent that holds a folder is told from one that is gone, whose number another process may have', () => {
  const folder = mkdtempSync(join(tmpdir(), 'midonet-lock-'));
  const heldBy = (text: string): number | undefined => {
    writeFileSync(join(folder, 'agent.pid'), text);
    return agentOf(folder);
  };
  try {
    assert.equal(agentOf(folder), undefined);
    assert.equal(heldBy(`${process.pid}\n`), process.pid);
    assert.equal(heldBy(`${process.pid} 1\n`), undefined);
    assert.equal(heldBy('4194305 1\n'), undefined, 'beyond what Linux gives');
    assert.equal(heldBy('nonsense'), undefined);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
