import type { SetField } from './actions.ts';
import { getField, keyEthDst, keyEthSrc, keyIpDst, keyIpSrc, type FlowKey } from './flow-key.ts';

/** The fields of a key that a device may write. */
export type SettableField = SetField['field'];

export function sameField(field: SettableField, a: FlowKey, b: FlowKey): boolean {
  return setOf(field, a).value === setOf(field, b).value;
}

export function setOf(field: SettableField, key: FlowKey): SetField {
  switch (field) {
    case 'ethSrc':
      return { kind: 'set', field, value: keyEthSrc(key) };
    case 'ethDst':
      return { kind: 'set', field, value: keyEthDst(key) };
    case 'ipSrc':
      return { kind: 'set', field, value: keyIpSrc(key) };
    case 'ipDst':
      return { kind: 'set', field, value: keyIpDst(key) };
    case 'ipTos':
    case 'l4Src':
    case 'l4Dst':
    case 'icmpId':
      return { kind: 'set', field, value: getField(key, field) };
    default:
      return field satisfies never;
  }
}
