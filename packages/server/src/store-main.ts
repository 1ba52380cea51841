import { outliveReaders } from '@midonet/contract/process';
import { storeTool } from './store-tool/store-tool.ts';

// gRPC names etcd's address as the server's name, of which Node warns: nothing that an operator can change.
process.noDeprecation = true;
const output = outliveReaders();
try {
  await write(process.stdout, await storeTool(process.argv.slice(2)));
} catch (error) {
  process.exitCode = 1;
  await write(process.stderr, `midonet store: ${error instanceof Error ? error.message : String(error)}\n`);
}
// A connection that a member of etcd accepted and never served would keep the process for good.
process.exit();

function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    output.readerGone.addEventListener('abort', () => resolve());
    stream.write(text, () => resolve());
  });
}
