import { resolve } from 'node:path';
import { suite } from 'node:test';
import { pathToFileURL } from 'node:url';

/**
 * The program of one batch: every file named on the command line, in one process. Each is a suite,
 * so that its hooks stay its own, and a file that cannot be loaded fails under its own name.
 */
for (const file of process.argv.slice(2)) {
  suite(file, async () => {
    await import(pathToFileURL(resolve(file)).href);
  });
}
