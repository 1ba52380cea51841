import { join } from 'node:path';
import { buildPackage } from './build-package.ts';

const root = join(import.meta.dirname, '../../..');
const [folder = join(root, 'dist'), level = '6'] = process.argv.slice(2);
console.log(await buildPackage(root, folder, Number(level)));
