import type { MirrorId, PortId } from '../ids.ts';
import type { Mirror, PortMirrored } from '../mirror-entities.ts';
import { listOf, objectOf, optional, type FieldCodec, type ObjectCodec } from './field-codec.ts';
import { ruleConditionCodec } from './filter-codecs.ts';
import { idField, textField, wordField } from './scalars.ts';

const mirrorId = idField<MirrorId>();
const places: FieldCodec<readonly MirrorId[] | undefined> = optional(listOf(mirrorId));

/** Of bridges and routers. */
export const mirroredFields = { inboundMirrorIds: places, outboundMirrorIds: places } as const;

export const portMirroredFields = {
  ...mirroredFields,
  postInFilterMirrorIds: places,
  preOutFilterMirrorIds: places,
} as const satisfies { readonly [K in keyof PortMirrored]-?: unknown };

export const mirrorCodec: ObjectCodec<Mirror> = objectOf<Mirror>({
  kind: wordField('mirror'),
  id: mirrorId,
  name: textField,
  toPortId: idField<PortId>(),
  conditions: listOf(ruleConditionCodec),
});
