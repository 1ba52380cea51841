import { status, type ServiceError } from '@grpc/grpc-js';
import { StoreError, StoreFull } from '../../../store.ts';

/** A call that etcd refused, or that did not reach it or come back. */
export class RpcError extends Error {
  readonly code: status;
  readonly endpoint: string;

  constructor(code: status, endpoint: string, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
    this.endpoint = endpoint;
  }

  /** Another endpoint, or the same one a little later, may answer. What was asked may have been done all the same. */
  get passing(): boolean {
    switch (this.code) {
      case status.UNAVAILABLE:
      case status.DEADLINE_EXCEEDED:
      case status.CANCELLED:
      case status.INTERNAL:
      case status.UNKNOWN:
      case status.ABORTED:
        return true;
      case status.RESOURCE_EXHAUSTED:
        return this.message.includes('too many requests');
      default:
        return false;
    }
  }

  /** The session with the user's token is over: log in again. */
  get loginNeeded(): boolean {
    return this.code === status.UNAUTHENTICATED || this.message.includes('revision in header is old');
  }

  /** That revision of etcd is compacted. */
  get compacted(): boolean {
    return this.code === status.OUT_OF_RANGE && this.message.includes('compacted');
  }

  /** etcd has come to its --quota-backend-bytes, or has not been told since that there is room again. */
  get full(): boolean {
    return this.code === status.RESOURCE_EXHAUSTED && this.message.includes('space exceeded');
  }

  /** The answer was larger than this side accepts. */
  get answerTooLarge(): boolean {
    return this.code === status.RESOURCE_EXHAUSTED && this.message.includes('larger than max');
  }
}

const FULL_REMEDY =
  'etcd is at its space quota and takes no writes until it was compacted and defragmented and its NOSPACE alarm is ' +
  'disarmed (docs/operations/etcd.md); writes go on by themselves then';

export function rpcErrorOf(error: Partial<ServiceError>, endpoint: string): RpcError {
  return new RpcError(error.code ?? status.UNKNOWN, endpoint, error.details ?? error.message ?? 'no reason given');
}

/** For whoever uses the store: what is wrong, where, and what to do about it. */
export function storeErrorOf(error: unknown): unknown {
  if (!(error instanceof RpcError)) return error;
  const what = `etcd at ${error.endpoint}: ${error.message}`;
  if (error.full) return new StoreFull(what, FULL_REMEDY, { cause: error });
  return new StoreError(error.message.includes('too large') ? 'tooLarge' : 'unavailable', what + advice(error), {
    cause: error,
  });
}

function advice(error: RpcError): string {
  switch (error.code) {
    case status.PERMISSION_DENIED:
      return ". Grant the user readwrite on the store's prefix";
    case status.UNAUTHENTICATED:
    case status.INVALID_ARGUMENT:
      return error.message.includes('auth') || error.message.includes('user name')
        ? '. Check --etcd-user and --etcd-password-file'
        : '';
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return '. Check that a majority of its members runs and is reachable from here';
    default:
      return '';
  }
}
