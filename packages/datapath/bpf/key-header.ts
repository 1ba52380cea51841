import { MIN_ETHERTYPE } from '@midonet/packet';
import {
  ETHERTYPE_LLC,
  FRAG_FIRST,
  FRAG_LATER,
  FRAG_NONE,
  IP_DST_WORD,
  IP_SRC_WORD,
  KEY_LAYOUT,
  KEY_WORDS,
  MAX_EXTENSION_HEADERS,
  PROTO_UNREADABLE,
  VLAN_PRESENT,
} from '@midonet/flow';
import { DATAPATH_DROPS, UPCALL_REASONS } from '../src/datapath.ts';

const upper = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();

/** The C header of everything that TypeScript defines and the programs must agree with. */
export function keyHeader(): string {
  const lines = [
    '/* Generated from key-layout.ts and datapath.ts by build.ts. */',
    '#pragma once',
    `#define KEY_WORDS ${KEY_WORDS}`,
    `#define KEY_IP_SRC_WORD ${IP_SRC_WORD}`,
    `#define KEY_IP_DST_WORD ${IP_DST_WORD}`,
    `#define VLAN_PRESENT ${VLAN_PRESENT}`,
    `#define ETHERTYPE_LLC ${ETHERTYPE_LLC}`,
    `#define MIN_ETHERTYPE ${MIN_ETHERTYPE}`,
    `#define FRAG_NONE ${FRAG_NONE}`,
    `#define FRAG_FIRST ${FRAG_FIRST}`,
    `#define FRAG_LATER ${FRAG_LATER}`,
    `#define MAX_EXTENSION_HEADERS ${MAX_EXTENSION_HEADERS}`,
    `#define PROTO_UNREADABLE ${PROTO_UNREADABLE}`,
  ];
  for (const [name, { word, shift, bits }] of Object.entries(KEY_LAYOUT)) {
    const mask = bits === 32 ? 0xffffffff : (1 << bits) - 1;
    lines.push(`#define KEY_${upper(name)}_WORD ${word}`);
    lines.push(`#define KEY_${upper(name)}_SHIFT ${shift}`, `#define KEY_${upper(name)}_MASK ${mask}u`);
  }
  lines.push('enum {', ...DATAPATH_DROPS.map((name) => `\tDROP_${upper(name)},`), '\tDROP_REASONS,', '};');
  lines.push('enum {', ...UPCALL_REASONS.map((name) => `\tREASON_${upper(name)},`), '};');
  return `${lines.join('\n')}\n`;
}
