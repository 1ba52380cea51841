import { z } from 'zod';

/** Which field is wrong and what to do about it. */
export const violation = z.object({ property: z.string(), message: z.string() });
export type Violation = z.output<typeof violation>;

/** The body of every error answer. `code` repeats the HTTP status, as existing clients expect. */
export const problem = z.object({
  message: z.string(),
  code: z.number(),
  violations: z.array(violation).optional(),
});
export type Problem = z.output<typeof problem>;

/** A conversion from the wire either works or says which fields stand in the way. */
export type Converted<T> =
  | { readonly kind: 'ok'; readonly value: T }
  | { readonly kind: 'invalid'; readonly violations: readonly Violation[] };

export function ok<T>(value: T): Converted<T> {
  return { kind: 'ok', value };
}

export function invalid(property: string, message: string): Converted<never> {
  return { kind: 'invalid', violations: [{ property, message }] };
}

/** Decodes untrusted JSON with a schema; issues become violations that name the field by its path. */
export function decode<S extends z.ZodType>(schema: S, data: unknown): Converted<z.output<S>> {
  const result = schema.safeParse(data, {
    error: (issue) => (issue.input === undefined || issue.input === null ? 'is required' : undefined),
  });
  if (result.success) return ok(result.data);
  const violations = result.error.issues.slice(0, 20).map((issue) => ({
    property: issue.path.map(String).join('.') || 'body',
    message: issue.message,
  }));
  return { kind: 'invalid', violations };
}
