import type { MirrorId, PortId } from '@midonet/topology';
import { z } from 'zod';
import { common, idField, neutronId, textField, wordField } from './fields.ts';

/** Where copies go. */
export const tapService = z.object({
  id: idField<MirrorId>().nullish(),
  ...common,
  description: textField.nullish(),
  status: textField.nullish(),
  port_id: idField<PortId>(),
  network_id: textField.nullish(),
});

/** Whose packets are copied. */
export const tapFlow = z.object({
  id: neutronId.nullish(),
  ...common,
  description: textField.nullish(),
  status: textField.nullish(),
  tap_service_id: idField<MirrorId>(),
  source_port: idField<PortId>(),
  /** As the machine sees it: IN is what comes to it. */
  direction: wordField('IN', 'OUT', 'BOTH'),
});
