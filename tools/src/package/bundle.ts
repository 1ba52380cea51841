import { build } from 'esbuild';
import { join } from 'node:path';

/** The programs: the command line, and what it hands its process over to. */
const PROGRAMS = {
  midonet: 'packages/cli/src/main.ts',
  controller: 'packages/server/src/main.ts',
  agent: 'packages/agent/src/main.ts',
  store: 'packages/server/src/store-main.ts',
} as const;

/** Some of what is bundled is CommonJS and asks for these. */
const BANNER = `import { createRequire as __createRequire } from 'node:module';
import { fileURLToPath as __fileURLToPath } from 'node:url';
const require = __createRequire(import.meta.url);
const __filename = __fileURLToPath(import.meta.url);
const __dirname = __fileURLToPath(new URL('.', import.meta.url));`;

/** One file a program, with all it needs but koffi, which is native. */
export async function bundlePrograms(root: string, folder: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: Object.entries(PROGRAMS).map(([out, path]) => ({ in: join(root, path), out })),
    outdir: folder,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: ['koffi'],
    banner: { js: BANNER },
    legalComments: 'linked',
    logLevel: 'error',
  });
}
