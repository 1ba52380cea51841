import { getServers } from 'node:dns';
import { readFileSync, statSync } from 'node:fs';
import { addressAndPort } from '@midonet/contract';
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
  if (url !== undefined && file === undefined) return '--metadata-url and --metadata-secret-file go together';
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) {
    return `--metadata-url: '${url}' is no http(s) URL`;
  }
  const bad = dnsResolvers.find((text) => resolver(text) === undefined);
  return bad === undefined ? undefined : `--dns-resolver: '${bad}' is no address, nor ADDRESS:PORT, nor [ADDRESS]:PORT`;
}

/** The secret may be there for a service that is named centrally. */
export type HostInstanceSettings = InstanceServiceSettings & { readonly secret?: string | undefined };

/** Reads the secret. Throws when others may read it too, or it is empty. */
export function instanceSettings({ metadataUrl, ...given }: InstanceArguments): HostInstanceSettings {
  const resolvers = given.dnsResolvers.length > 0 ? resolversOf(given.dnsResolvers) : hostResolvers();
  const file = given.metadataSecretFile;
  if (file === undefined) return { metadata: undefined, resolvers };
  if ((statSync(file).mode & 0o077) !== 0) {
    throw new Error(`--metadata-secret-file: others than its owner may use ${file}; chmod 600 it`);
  }
  const secret = readFileSync(file, 'utf8').trim();
  if (secret === '') throw new Error(`--metadata-secret-file: ${file} is empty`);
  const metadata = metadataUrl === undefined ? undefined : { url: new URL(metadataUrl), secret };
  return { metadata, resolvers, secret };
}

/** Those whom the host itself asks. */
export function hostResolvers(): readonly Resolver[] {
  return resolversOf(getServers());
}

/** What is none is left out. */
export function resolversOf(names: readonly string[]): readonly Resolver[] {
  return names.map(resolver).filter((one) => one !== undefined);
}

function resolver(text: string): Resolver | undefined {
  return addressAndPort(text, DNS_PORT);
}
