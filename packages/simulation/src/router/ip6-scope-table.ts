import type { PrefixTable } from '@midonet/flow';

export type Ip6Scope = 'unspecified' | 'loopback' | 'multicast' | 'linkLocal' | 'global';
export type Ip6ScopeMatch = { readonly scope: Ip6Scope; readonly examinedBits: number };

const MULTICAST: Ip6ScopeMatch = { scope: 'multicast', examinedBits: 16 };
const LINK_LOCAL: Ip6ScopeMatch = { scope: 'linkLocal', examinedBits: 16 };
const GLOBAL: Ip6ScopeMatch = { scope: 'global', examinedBits: 16 };
const UNSPECIFIED: Ip6ScopeMatch = { scope: 'unspecified', examinedBits: 128 };
const LOOPBACK: Ip6ScopeMatch = { scope: 'loopback', examinedBits: 128 };
const GLOBAL_BESIDE_THEM: Ip6ScopeMatch = { scope: 'global', examinedBits: 128 };

/**
 * The scope of an IPv6 address (RFC 4291 2.4), by words: for nearly all addresses 16 bits tell, and
 * no big number is made.
 */
export const IP6_SCOPES: PrefixTable<Ip6ScopeMatch> = {
  lookup(words, offset) {
    const first = words[offset] ?? 0;
    const top = first >>> 16;
    if (top >>> 8 === 0xff) return MULTICAST;
    if (top >>> 6 === 0xfe80 >>> 6) return LINK_LOCAL;
    if (top !== 0) return GLOBAL;
    if (first !== 0 || words[offset + 1] !== 0 || words[offset + 2] !== 0) return GLOBAL_BESIDE_THEM;
    const last = words[offset + 3];
    return last === 0 ? UNSPECIFIED : last === 1 ? LOOPBACK : GLOBAL_BESIDE_THEM;
  },
};
