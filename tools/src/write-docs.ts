import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SETTINGS_PAGE, settingsPage } from './settings-page.ts';
import { VERDICTS_PAGE, verdictsPage } from './verdicts-page.ts';

const root = join(import.meta.dirname, '../..');
writeFileSync(join(root, VERDICTS_PAGE), verdictsPage());
writeFileSync(join(root, SETTINGS_PAGE), settingsPage());
console.log(`wrote ${VERDICTS_PAGE}, ${SETTINGS_PAGE}`);
