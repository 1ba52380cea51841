import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** Who asks, as the port says; nothing of it comes from the request. */
export type Asker = { readonly instanceId: string; readonly tenantId: string; readonly address: string };

/** Of a request goes on what asks for a form of the answer, and the headers that clouds' metadata services define. */
const FORWARDED: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'content-encoding',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'metadata',
  'metadata-flavor',
  'user-agent',
  'x-aws-ec2-metadata-token',
  'x-aws-ec2-metadata-token-ttl-seconds',
]);

/** Of an answer everything comes back but what concerns the connection it came by (RFC 9110 7.6.1). */
const NOT_RETURNED: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** As Nova's metadata service takes requests of a proxy: it believes who asks because of the signature. */
export function requestHeaders(
  given: IncomingHttpHeaders,
  { instanceId, tenantId, address }: Asker,
  secret: string,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(given)) if (FORWARDED.has(name)) headers[name] = value;
  return {
    ...headers,
    'x-instance-id': instanceId,
    'x-tenant-id': tenantId,
    'x-forwarded-for': address,
    'x-instance-id-signature': createHmac('sha256', secret).update(instanceId).digest('hex'),
  };
}

export function answerHeaders(given: IncomingHttpHeaders): OutgoingHttpHeaders {
  const named = (given.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  return Object.fromEntries(Object.entries(given).filter(([name]) => !NOT_RETURNED.has(name) && !named.includes(name)));
}
