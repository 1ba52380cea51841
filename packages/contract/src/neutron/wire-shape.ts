import { z } from 'zod';

/** An object as answers show it: every member is there, null where nothing is set. */
export const neutronDto = z.looseObject({ id: z.string(), uri: z.string() });
export type NeutronDto = z.output<typeof neutronDto>;

/** The shape of answers, from that of the object: text where the object has values of a meaning. */
export function answerShape(schema: z.ZodObject): z.ZodType<NeutronDto> {
  const members: Readonly<Record<string, z.ZodType>> = schema.shape;
  const shown = Object.entries(members).map(([name, member]) => [name, onTheWire(member)] as const);
  const { id, uri } = neutronDto.shape;
  return z.looseObject({ ...Object.fromEntries(shown), id, uri });
}

function onTheWire(schema: z.core.$ZodType): z.ZodType {
  if (schema instanceof z.ZodCodec) return onTheWire(schema.in);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    const inner = onTheWire(schema.unwrap());
    return inner instanceof z.ZodOptional ? inner : inner.nullish();
  }
  if (schema instanceof z.ZodArray) return z.array(onTheWire(schema.element));
  if (schema instanceof z.ZodUnion) return z.union(schema.options.map(onTheWire));
  if (schema instanceof z.ZodObject) {
    const members: Readonly<Record<string, z.ZodType>> = schema.shape;
    return z.object(Object.fromEntries(Object.entries(members).map(([name, member]) => [name, onTheWire(member)])));
  }
  return schema instanceof z.ZodType ? schema : z.unknown();
}
