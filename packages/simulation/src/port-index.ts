import { deviceTag, locationTag, type ObjectRef, type Tag } from '@midonet/flow';
import type { Port } from '@midonet/topology';
import { derived } from './cache.ts';

export type PortIndex = { readonly ref: ObjectRef; readonly tag: Tag; readonly locationTag: Tag };

export const portIndex = derived((port: Port): PortIndex => ({
  ref: { kind: 'port', id: port.id },
  tag: deviceTag('port', port.id),
  locationTag: locationTag(port.id),
}));
