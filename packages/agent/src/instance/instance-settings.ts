import { getServers } from 'node:dns';
import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Resolver } from './dns-forwarder.ts';
import type { InstanceServiceSettings } from './instance-services.ts';

export type InstanceArguments = {
  readonly metadataUrl: string | undefined;
  readonly metadataSecretFile: string | undefined;
  readonly dnsResolvers: readonly string[];
};

const DNS_PORT = 53;

/** What is wrong with the arguments as they stand, before anything is read. */
export function wrongInstanceArgument(given: InstanceArguments): string | undefined {
  const { metadataUrl: url, metadataSecretFile: file, dnsResolvers } = given;
  if ((url === undefined) !== (file === undefined)) return '--metadata-url and --metadata-secret-file go together';
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    return `--metadata-url: '${url}' is no http(s) URL`;
  }
  const bad = dnsResolvers.find((text) => resolver(text) === undefined);
  return bad === undefined ? undefined : `--dns-resolver: '${bad}' is no address, nor ADDRESS:PORT, nor [ADDRESS]:PORT`;
}

/** Reads the secret. Throws when others may read it too, or it is empty. */
export function instanceSettings({ metadataUrl, ...given }: InstanceArguments): InstanceServiceSettings {
  const named = given.dnsResolvers.length > 0 ? given.dnsResolvers : getServers();
  const resolvers = named.map(resolver).filter((one) => one !== undefined);
  const file = given.metadataSecretFile;
  if (metadataUrl === undefined || file === undefined) return { metadata: undefined, resolvers };
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new Error(`--metadata-secret-file: others than its owner may use ${file}; chmod 600 it`);
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret === '') throw new Error(`--metadata-secret-file: ${file} is empty`);
  return { metadata: { url: new URL(metadataUrl), secret }, resolvers };
}

/** `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53`, `[2001:db8::53]:5353`. */
function resolver(text: string): Resolver | undefined {
  if (isIP(text) !== 0) return { address: text, port: DNS_PORT };
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const address = bracketed ?? plain ?? '';
  const port = Number(digits);
  const version = bracketed === undefined ? 4 : 6;
  return isIP(address) === version && port >= 1 && port <= 65535 ? { address, port } : undefined;
}
