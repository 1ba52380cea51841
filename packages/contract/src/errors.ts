import type { Violation } from './problem.ts';

export type ApiFailure =
  /** The controller answered no: `status` and `violations` say why. */
  | {
      readonly kind: 'refused';
      readonly endpoint: string;
      readonly status: number;
      readonly message: string;
      readonly violations: readonly Violation[];
      /** Seconds after which it may be asked again: nothing was done, for now. */
      readonly retryAfter?: number | undefined;
    }
  /** Nobody answered in time. */
  | { readonly kind: 'unreachable'; readonly endpoint: string; readonly message: string }
  /** Somebody answered, but not this API. */
  | { readonly kind: 'protocol'; readonly endpoint: string; readonly status: number; readonly message: string };

/** What every method of the client rejects with. */
export class ApiError extends Error {
  readonly failure: ApiFailure;
  constructor(failure: ApiFailure, options?: ErrorOptions) {
    super(describe(failure), options);
    this.name = 'ApiError';
    this.failure = failure;
  }

  /** The HTTP status; undefined when nobody answered. */
  get status(): number | undefined {
    return this.failure.kind === 'unreachable' ? undefined : this.failure.status;
  }
}

function describe(failure: ApiFailure): string {
  if (failure.kind !== 'refused' || failure.violations.length === 0) return failure.message;
  // Many messages say their one violation already.
  const untold = failure.violations.filter(({ message }) => !failure.message.includes(message));
  if (untold.length === 0) return failure.message;
  return `${failure.message}: ${untold.map(({ property, message }) => `${property} ${message}`).join('; ')}`;
}
