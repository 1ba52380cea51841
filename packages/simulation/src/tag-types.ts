/** EtherTypes of tags (IEEE 802.1Q 9.5). Behind the first tag of a frame they say that another follows, out of sight. */
export const TAG_TYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
