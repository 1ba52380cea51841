/** What bpftool's light skeleton (a C header) holds: the loader program and its data. */
export type Skeleton = {
  readonly data: Buffer;
  readonly insns: Buffer;
  /** Map and program names in the order of the loader's context. */
  readonly maps: readonly string[];
  readonly programs: readonly string[];
};

/** Cuts a light skeleton's C text into its blobs. Throws when bpftool's format is not the known one. */
export function splitSkeleton(text: string): Skeleton {
  const part = (start: string): string => {
    const begin = text.indexOf(start);
    if (begin < 0) throw new Error(`bpftool's light skeleton has no "${start}"; its format changed`);
    return text.slice(begin);
  };
  const names = (kind: 'bpf_map_desc' | 'bpf_prog_desc'): string[] =>
    [...text.matchAll(new RegExp(`struct ${kind} (\\w+);`, 'g'))].map((match) => match[1] ?? '');
  const bytes = (name: 'data' | 'insns'): Buffer => {
    const found = blob(part(`opts.${name} = (void *)"`));
    const size = Number(new RegExp(`opts\\.${name}_sz = (\\d+);`).exec(text)?.[1]);
    if (found.length !== size)
      throw new Error(`bpftool's light skeleton: ${name} has ${found.length} of ${size} bytes`);
    return found;
  };
  return {
    data: bytes('data'),
    insns: bytes('insns'),
    maps: names('bpf_map_desc'),
    programs: names('bpf_prog_desc'),
  };
}

/** The C string up to its closing quote: only `\\0`, `\\xNN` and line continuations occur. */
function blob(text: string): Buffer {
  const begin = text.indexOf('"') + 1;
  const body = text.slice(begin, text.indexOf('"', begin));
  return Buffer.from([...body.matchAll(/\\(?:x([0-9a-f]{2})|0)/g)].map(([, hex]) => parseInt(hex ?? '0', 16)));
}
