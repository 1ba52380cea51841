import { credentials, type ChannelCredentials } from '@grpc/grpc-js';
import { StoreError } from '../../../store.ts';

/** PEM texts. Without `ca` the system's authorities are trusted. */
export type Tls = {
  readonly ca?: Buffer | undefined;
  readonly certificate?: Buffer | undefined;
  readonly key?: Buffer | undefined;
};

export type Endpoint = { readonly url: string; readonly target: string };

/** Reads `http://10.0.0.1:2379` and `https://[2001:db8::1]:2379`. Throws StoreError 'invalid' that names the one at fault. */
export function parseEndpoints(urls: readonly string[], tls: Tls | undefined): Endpoint[] {
  if (urls.length === 0)
    throw new StoreError('invalid', 'at least one URL of etcd is needed, as http://127.0.0.1:2379');
  const endpoints = urls.map((url) => {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
      throw new StoreError('invalid', `"${url}" is no URL of etcd; write it as http://127.0.0.1:2379`);
    }
    if (parsed.username !== '' || parsed.password !== '') {
      throw new StoreError('invalid', 'a URL of etcd carries no user; name the user apart and its password in a file');
    }
    const secure = parsed.protocol === 'https:';
    const port = parsed.port === '' ? (secure ? '443' : '80') : parsed.port;
    return { url: parsed.origin, target: `${parsed.hostname}:${port}`, secure };
  });
  const secure = endpoints.filter((endpoint) => endpoint.secure).length;
  if (secure !== 0 && secure !== endpoints.length) {
    throw new StoreError('invalid', 'the URLs of etcd must all be https or all http');
  }
  if (secure === 0 && tls !== undefined) {
    throw new StoreError('invalid', 'certificates for etcd were given, but its URLs are http; write https');
  }
  return endpoints.map(({ url, target }) => ({ url, target }));
}

export function channelCredentials(endpoints: readonly Endpoint[], tls: Tls | undefined): ChannelCredentials {
  if (endpoints[0]?.url.startsWith('https:') !== true) return credentials.createInsecure();
  if ((tls?.certificate === undefined) !== (tls?.key === undefined)) {
    throw new StoreError('invalid', 'a client certificate for etcd needs its key, and the key its certificate');
  }
  return credentials.createSsl(tls?.ca ?? null, tls?.key ?? null, tls?.certificate ?? null);
}
