import { loadSync, type MethodDefinition } from '@grpc/proto-loader';
import { fileURLToPath } from 'node:url';
import type { Methods, Streams } from './messages.ts';

const PACKAGE = loadSync(fileURLToPath(new URL('./etcd.proto', import.meta.url)), {
  keepCase: true,
  longs: String,
  enums: String,
  defaults: true,
  arrays: true,
  oneofs: false,
});

export type Codec<In, Out> = {
  readonly path: string;
  readonly write: (message: In) => Buffer;
  readonly read: (bytes: Buffer) => Out;
};

export function unaryCodec<M extends keyof Methods>(method: M): Codec<Methods[M]['in'], Methods[M]['out']> {
  return codec<Methods[M]['in'], Methods[M]['out']>(method);
}

export function streamCodec<M extends keyof Streams>(method: M): Codec<Streams[M]['in'], Streams[M]['out']> {
  return codec<Streams[M]['in'], Streams[M]['out']>(method);
}

function codec<In extends object, Out>(name: string): Codec<In, Out> {
  const [service = '', method = ''] = name.split('.');
  const definition = PACKAGE[`etcdserverpb.${service}`];
  const found: unknown = definition === undefined ? undefined : Reflect.get(definition, method);
  // messages.ts says in types what etcd.proto says in proto; proto-loader types both as plain objects.
  const { path, requestSerialize, responseDeserialize } = found as MethodDefinition<object, object>;
  return { path, write: requestSerialize, read: (bytes) => responseDeserialize(bytes) as Out };
}
