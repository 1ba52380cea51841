/** Why bytes are not a header. A value, never thrown: hostile bytes are normal input. */
export type ParseFailure = {
  readonly kind: 'malformed';
  readonly protocol: string;
  /** What is wrong, with the numbers: "header of 60 bytes in 34". */
  readonly reason: string;
};

export function malformed(protocol: string, reason: string): ParseFailure {
  return { kind: 'malformed', protocol, reason };
}

/** The usual failure: fewer bytes than the fixed part of the header. */
export function cutShort(protocol: string, have: number, need: number): ParseFailure {
  return malformed(protocol, `${Math.max(have, 0)} of ${need} bytes`);
}

export function isMalformed(value: { readonly kind: string }): value is ParseFailure {
  return value.kind === 'malformed';
}

export function printFailure(failure: ParseFailure): string {
  return `malformed ${failure.protocol} (${failure.reason})`;
}
