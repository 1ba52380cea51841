import { z } from 'zod';

/** Only administrators say that every tenant may look at a device. */
export const sharedInput = { shared: z.boolean().nullish() };

/** `readOnly`: the caller may look at it and not change it. */
export const sharedDto = { shared: z.boolean(), readOnly: z.boolean() };

type Sharable = { readonly shared?: boolean | undefined };

/** Absent, or null, keeps what it had. */
export function sharedOf(input: { readonly shared?: boolean | null | undefined }, old?: Sharable): Sharable {
  return (input.shared ?? old?.shared) === true ? { shared: true } : { shared: undefined };
}

export function sharedToDto({ shared }: Sharable, readOnly: boolean): { shared: boolean; readOnly: boolean } {
  return { shared: shared === true, readOnly };
}
