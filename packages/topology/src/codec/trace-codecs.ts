import type { BridgeId, PortId, RouterId, TraceRequestId } from '../ids.ts';
import type { TracedDevice, TraceRequest } from '../trace-entities.ts';
import { decodeFailure, isJsonObject, objectOf, type FieldCodec, type ObjectCodec } from './field-codec.ts';
import { ruleConditionCodec } from './filter-codecs.ts';
import { booleanField, idField, integerField, textField, wordField } from './scalars.ts';

const bridge = objectOf<Extract<TracedDevice, { type: 'bridge' }>>({
  type: wordField('bridge'),
  id: idField<BridgeId>(),
});
const router = objectOf<Extract<TracedDevice, { type: 'router' }>>({
  type: wordField('router'),
  id: idField<RouterId>(),
});
const owner: FieldCodec<Extract<TracedDevice, { type: 'port' }>['of']> = {
  encode: (value) => (value.type === 'bridge' ? bridge.encode(value) : router.encode(value)),
  decode: (value, field) =>
    isJsonObject(value) && value['type'] === 'router' ? router.decode(value, field) : bridge.decode(value, field),
};
const port = objectOf<Extract<TracedDevice, { type: 'port' }>>({
  type: wordField('port'),
  id: idField<PortId>(),
  of: owner,
});

const device: FieldCodec<TracedDevice> = {
  encode: (value) => (value.type === 'port' ? port.encode(value) : owner.encode(value)),
  decode(value, field) {
    if (!isJsonObject(value)) return decodeFailure(field, 'expected an object');
    return value['type'] === 'port' ? port.decode(value, field) : owner.decode(value, field);
  },
};

const moment = integerField(0, Number.MAX_SAFE_INTEGER);

export const traceRequestCodec: ObjectCodec<TraceRequest> = objectOf<TraceRequest>({
  kind: wordField('traceRequest'),
  id: idField<TraceRequestId>(),
  name: textField,
  device,
  condition: ruleConditionCodec,
  limit: integerField(1, Number.MAX_SAFE_INTEGER),
  enabled: booleanField,
  createdAt: moment,
  enabledAt: moment,
});
