import type { BridgeId, L2InsertionId, PortId } from '../ids.ts';
import type { L2Insertion } from '../insertion-entities.ts';
import { objectOf, type ObjectCodec } from './field-codec.ts';
import { booleanField, idField, integerField, macField, wordField } from './scalars.ts';

const portId = idField<PortId>();
const bridgeId = idField<BridgeId>();

export const l2InsertionCodec: ObjectCodec<L2Insertion> = objectOf<L2Insertion>({
  kind: wordField('l2Insertion'),
  id: idField<L2InsertionId>(),
  portId,
  bridgeId,
  srvPortId: portId,
  srvBridgeId: bridgeId,
  vlan: integerField(0, 4094),
  position: integerField(0, 0x7fffffff),
  failOpen: booleanField,
  mac: macField,
});
