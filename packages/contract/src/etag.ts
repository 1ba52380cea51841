const ETAG = Symbol('ETag');

/** The ETag that an object came with, to say If-Match with; undefined for what no GET or PATCH answered. */
export function etagOf(dto: object): string | undefined {
  const etag: unknown = Reflect.get(dto, ETAG);
  return typeof etag === 'string' ? etag : undefined;
}

/** Notes it out of sight: what is printed or compared stays what was answered. */
export function withEtag<T>(dto: T, etag: string | null): T {
  if (etag !== null && typeof dto === 'object' && dto !== null) {
    Object.defineProperty(dto, ETAG, { value: etag, enumerable: false });
  }
  return dto;
}
