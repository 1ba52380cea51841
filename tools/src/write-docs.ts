import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { VERDICTS_PAGE, verdictsPage } from './verdicts-page.ts';

const root = join(import.meta.dirname, '../..');
writeFileSync(join(root, VERDICTS_PAGE), verdictsPage());
console.log(`wrote ${VERDICTS_PAGE}`);
