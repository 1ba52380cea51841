import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layout } from '../../../bpf/layout.ts';
import { DatapathError } from '../../datapath.ts';

/** The built programs: what packages/datapath/bpf/build.ts wrote. */
export type Artefact = {
  readonly maps: readonly string[];
  readonly programs: readonly string[];
  /** Equal hashes: maps made by one can be used by the other. */
  readonly layoutHash: string;
  readonly programHash: string;
  readonly layout: Layout;
  readonly data: Uint8Array;
  readonly insns: Uint8Array;
};

/** Beside a bundled program, or where the build of this package puts them. */
const BUNDLED = join(import.meta.dirname, 'bpf');
const DIRECTORY = existsSync(BUNDLED) ? BUNDLED : join(import.meta.dirname, '..', '..', '..', 'dist', 'bpf');

/** Reads the artefact from `directory`. Throws DatapathError 'io' that names the build command. */
export function readArtefact(directory = DIRECTORY): Artefact {
  try {
    const json = JSON.parse(readFileSync(join(directory, 'datapath.json'), 'utf8')) as Omit<Artefact, 'data' | 'insns'>;
    return {
      ...json,
      data: readFileSync(join(directory, 'datapath.data')),
      insns: readFileSync(join(directory, 'datapath.insns')),
    };
  } catch (cause) {
    throw new DatapathError(
      'io',
      `the eBPF programs are not built (looked in ${directory}): run "node packages/datapath/bpf/build.ts", which needs clang and bpftool`,
      { cause },
    );
  }
}

/** Member offsets of a shared struct and its size; throws when the artefact does not have them. */
export function structOf<Name extends string>(
  artefact: Artefact,
  struct: string,
  names: readonly Name[],
): Readonly<Record<Name | 'size', number>> {
  const found = artefact.layout[struct];
  const result: Partial<Record<string, number>> = { size: found?.size };
  for (const name of names) result[name] = found?.members[name];
  for (const [name, offset] of Object.entries(result)) {
    if (offset === undefined)
      throw new DatapathError('io', `the built eBPF programs have no ${struct}.${name}: build again`);
  }
  return result as Record<Name | 'size', number>;
}
