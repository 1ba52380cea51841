/** The messages of etcd.proto as they are written and read here; 64-bit numbers are text, as lease ids exceed 2^53. */
export type Header = { readonly member_id: string; readonly revision: string };
export type KeyValue = { readonly key: Buffer; readonly mod_revision: string; readonly value: Buffer };

export type RangeRequest = {
  readonly key: Buffer;
  readonly range_end?: Buffer;
  readonly limit?: number;
  readonly revision?: number;
};
export type RangeResponse = { readonly header: Header; readonly kvs: readonly KeyValue[]; readonly more: boolean };

export type RequestOp =
  | { readonly request_range: RangeRequest }
  | { readonly request_put: { readonly key: Buffer; readonly value: Buffer; readonly lease?: string } }
  | { readonly request_delete_range: { readonly key: Buffer; readonly range_end?: Buffer } };

/** Only equality is asked for. Modified at 0: the key does not exist. */
export type Compare = {
  readonly result: 'EQUAL';
  readonly target: 'MOD';
  readonly key: Buffer;
  readonly mod_revision: number;
};

export type TxnRequest = {
  readonly compare: readonly Compare[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
};
export type TxnResponse = {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly { readonly response_range?: RangeResponse | null }[];
};

export type WatchRequest =
  | {
      readonly create_request: {
        readonly key: Buffer;
        readonly range_end: Buffer;
        readonly start_revision: number;
        readonly progress_notify: boolean;
        readonly fragment: boolean;
      };
    }
  | { readonly progress_request: Record<string, never> };

export type EtcdEvent = { readonly type: 'PUT' | 'DELETE'; readonly kv: KeyValue };

export type WatchResponse = {
  readonly header: Header;
  /** -1 in answers to a progress request. */
  readonly watch_id: string;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compact_revision: string;
  readonly cancel_reason: string;
  readonly fragment: boolean;
  readonly events: readonly EtcdEvent[];
};

/** Every method of etcd that is called, with what goes in and out. */
export type Methods = {
  readonly 'KV.Range': { readonly in: RangeRequest; readonly out: RangeResponse };
  readonly 'KV.Txn': { readonly in: TxnRequest; readonly out: TxnResponse };
  readonly 'KV.Compact': { readonly in: { readonly revision: number }; readonly out: { readonly header: Header } };
  readonly 'Lease.LeaseGrant': {
    readonly in: { readonly TTL: number };
    readonly out: { readonly ID: string; readonly TTL: string };
  };
  readonly 'Lease.LeaseRevoke': { readonly in: { readonly ID: string }; readonly out: object };
  readonly 'Auth.Authenticate': {
    readonly in: { readonly name: string; readonly password: string };
    readonly out: { readonly token: string };
  };
  readonly 'Maintenance.Status': {
    readonly in: Record<string, never>;
    readonly out: {
      readonly header: Header;
      readonly version: string;
      readonly dbSize: string;
      readonly leader: string;
    };
  };
};

export type Streams = {
  readonly 'Watch.Watch': { readonly in: WatchRequest; readonly out: WatchResponse };
  readonly 'Lease.LeaseKeepAlive': {
    readonly in: { readonly ID: string };
    readonly out: { readonly ID: string; readonly TTL: string };
  };
};
