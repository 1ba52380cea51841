/** As which packets of a meter are counted, beside the ids of rules: see `Outcome.rules`. Names are of their tenants. */
export function meterKey(tenantId: string, name: string): string {
  return `meter ${tenantId.length} ${tenantId}${name}`;
}

/** Undefined for what is no meter's key. */
export function readMeterKey(key: string): { readonly tenantId: string; readonly name: string } | undefined {
  const [head, length] = /^meter (\d+) /.exec(key) ?? [];
  if (head === undefined) return undefined;
  const name = head.length + Number(length);
  return { tenantId: key.slice(head.length, name), name: key.slice(name) };
}
