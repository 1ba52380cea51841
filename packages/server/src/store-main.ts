import { outliveReaders } from '@midonet/contract/process';
import { storeTool } from './store-tool/store-tool.ts';

outliveReaders();
try {
  process.stdout.write(await storeTool(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`midonet store: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
