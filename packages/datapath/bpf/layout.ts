/** Struct sizes and member offsets in bytes, by struct and member name. */
export type Layout = Record<string, { readonly size: number; readonly members: Record<string, number> }>;

type BtfType = {
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly members?: readonly { readonly name: string; readonly bits_offset: number }[];
};

/** Structs that user space reads or writes. */
const WANTED = [
  'step',
  'flow',
  'group',
  'mask',
  'flow_stats',
  'port',
  'port_counters',
  'config',
  'upcall',
  'slot',
  'limit',
  'template',
  'answer_key',
  'answer',
  'stock',
  'source',
  'choices',
  'opened',
];

/** From `bpftool btf dump -j`: the layout of the shared structs. Throws when one is missing. */
export function readLayout(json: string): Layout {
  const parsed = JSON.parse(json) as { readonly types: readonly BtfType[] };
  const layout: Layout = {};
  for (const name of WANTED) {
    const type = parsed.types.find((candidate) => candidate.kind === 'STRUCT' && candidate.name === name);
    if (type?.size === undefined || type.members === undefined)
      throw new Error(`no struct ${name} in the object's BTF`);
    layout[name] = {
      size: type.size,
      members: Object.fromEntries(type.members.map((member) => [member.name, member.bits_offset / 8])),
    };
  }
  return layout;
}
