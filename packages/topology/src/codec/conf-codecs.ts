import { isTemplateName, type ConfMapping, type ConfNode, type ConfTemplate, type ConfTree } from '../conf-entities.ts';
import type { HostId } from '../ids.ts';
import {
  decodeFailure,
  isJsonObject,
  objectOf,
  printValue,
  textual,
  type FieldCodec,
  type ObjectCodec,
} from './field-codec.ts';
import { idField, wordField } from './scalars.ts';

const values: FieldCodec<ConfTree> = {
  encode: (tree) => tree,
  decode: (value, field) =>
    isConfTree(value) ? value : decodeFailure(field, `expected an object, got ${printValue(value)}`),
};

/** It was JSON a moment ago: what is in it needs no look. */
function isConfTree(value: unknown): value is ConfTree {
  return isJsonObject(value);
}

const templateName = textual<string>(
  'the name of a template',
  (text) => (isTemplateName(text) ? text : undefined),
  (name) => name,
);

export const confNodeCodec: ObjectCodec<ConfNode> = objectOf<ConfNode>({
  kind: wordField('confNode'),
  hostId: idField<HostId>(),
  values,
});

export const confTemplateCodec: ObjectCodec<ConfTemplate> = objectOf<ConfTemplate>({
  kind: wordField('confTemplate'),
  name: templateName,
  values,
});

export const confMappingCodec: ObjectCodec<ConfMapping> = objectOf<ConfMapping>({
  kind: wordField('confMapping'),
  hostId: idField<HostId>(),
  template: templateName,
});
