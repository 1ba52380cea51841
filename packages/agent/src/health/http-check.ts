import { formatIp } from '@midonet/packet';
import type { HealthMonitor, PoolMember } from '@midonet/topology';

export type HttpMonitor = Extract<HealthMonitor, { readonly type: 'http' }>;

/** A status line has that many characters up to its code. */
const ENOUGH = 'HTTP/1.1 200'.length;

/** The request of one check. The path is the tenant's: what could end the line is escaped. */
export function httpRequest({ path }: HttpMonitor, { address, port }: Pick<PoolMember, 'address' | 'port'>): Buffer {
  const host = typeof address === 'number' ? formatIp(address) : `[${formatIp(address)}]`;
  const lines = [
    `GET ${printable(path)} HTTP/1.1`,
    `Host: ${host}:${port}`,
    'User-Agent: midonet-health-check',
    'Accept: */*',
    'Connection: close',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** What the beginning of an answer says; undefined while that is too short. */
export function judgeHttp({ expectedCodes }: HttpMonitor, text: string): 'passed' | 'status' | 'notHttp' | undefined {
  if (text.length < ENOUGH) return 'HTTP/1.'.startsWith(text.slice(0, 7)) ? undefined : 'notHttp';
  const code = /^HTTP\/1\.[01] ([1-5][0-9]{2})/.exec(text)?.[1];
  if (code === undefined) return 'notHttp';
  return expectedCodes.some(({ start, end }) => start <= Number(code) && Number(code) <= end) ? 'passed' : 'status';
}

function printable(path: string): string {
  return Array.from(Buffer.from(path, 'utf8'), (byte) =>
    byte > 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}
