import { parseCodes, parseId, type AnyId } from '@midonet/topology';
import { z } from 'zod';
import { textField } from './fields.ts';

const ID_LENGTH = 64;

/** One of these words in capital or small letters; kept as it came. */
export function wordField(words: readonly string[], why = '') {
  const list = words.length === 1 ? words[0] : `one of ${words.join(', ')}`;
  return z
    .string()
    .max(64)
    .refine((word) => words.includes(word.toUpperCase()), `must be ${list}${why === '' ? '' : `: ${why}`}`);
}

/**
 * Names of other objects in a list: bare ids, or objects that have one. Different releases of Neutron's
 * plug-in write them differently. They are kept as `{ id }`.
 */
export function namesField<T extends AnyId>() {
  const name = z.codec(
    z.union([z.string().max(ID_LENGTH), z.looseObject({ id: z.string().max(ID_LENGTH) })]),
    z.custom<T>(),
    {
      decode: (given, context): T => {
        const id = parseId<T>(typeof given === 'string' ? given : given.id);
        if (id !== undefined) return id;
        context.issues.push({ code: 'custom', message: 'is not a UUID, nor an object with one as id', input: given });
        return z.NEVER;
      },
      encode: (id) => ({ id }),
    },
  );
  return z.array(name).max(1024).nullish();
}

/** Null and {}: each connection goes where its own hash says. */
export const persistenceField = z
  .object({
    type: wordField(['SOURCE_IP'], 'cookies are those of HTTP, which is not looked into').nullish(),
    cookie_name: textField.nullish(),
  })
  .nullish();

export const methodField = wordField(['ROUND_ROBIN'], 'members get their share by weight').nullish();

/** Seconds; ours are whole ones. */
const secondsField = z.int().min(0).max(86_400);

/** How members are asked whether they work, in either version. */
export const monitorFields = {
  type: wordField(['TCP', 'HTTP'], 'members are asked by packets of the agent, which does these').nullish(),
  delay: secondsField.nullish(),
  timeout: secondsField.nullish(),
  max_retries: z.int().min(1).max(10).nullish(),
  http_method: wordField(['GET']).nullish(),
  url_path: z.string().max(1024).startsWith('/').nullish(),
  /** `200`, `200,202` or `200-204`. */
  expected_codes: z
    .string()
    .max(256)
    .refine((text) => parseCodes(text) !== undefined, 'must be codes or ranges such as 200,301-302')
    .nullish(),
  admin_state_up: z.boolean().nullish(),
} as const;
