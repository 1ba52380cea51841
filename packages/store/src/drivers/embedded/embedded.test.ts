import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { storeCompliance } from '../../../testing/compliance.ts';
import { openEmbeddedStore } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'midonet-store-'));
let next = 0;

after(() => rmSync(folder, { recursive: true }));

storeCompliance('embedded', (options) => openEmbeddedStore({ ...options, file: join(folder, `${next++}.db`) }));
