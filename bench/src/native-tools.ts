import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { must, succeeds } from './shell.ts';

const SOURCES = fileURLToPath(new URL('../native/', import.meta.url));
const TOOLS = ['udp_pps', 'tcp_crr', 'tcp_hold', 'tcp_rr', 'first_packet', 'new_flows'] as const;
export type Tool = (typeof TOOLS)[number];

/** The C load generators, compiled into a folder of this run. */
export class NativeTools {
  readonly #folder = mkdtempSync(join(tmpdir(), 'midonet-bench-tools-'));

  constructor() {
    const compiler = ['cc', 'clang', 'gcc'].find((name) => succeeds([name, '--version']));
    if (compiler === undefined) throw new Error('the load tools need a C compiler: apt-get install clang');
    for (const tool of TOOLS) {
      must([compiler, '-O2', '-Wall', '-o', this.path(tool), join(SOURCES, `${tool}.c`)]);
      if (!existsSync(this.path(tool))) throw new Error(`${compiler} made no ${tool}`);
    }
  }

  path(tool: Tool): string {
    return join(this.#folder, tool);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
