import type { Problem, Violation } from '@midonet/contract';

/** Thrown by handlers to refuse a request; becomes the answer's status and body. */
export class Refusal extends Error {
  readonly status: number;
  readonly violations: readonly Violation[];
  /** Seconds, for the Retry-After header. */
  readonly retryAfter: number | undefined;
  constructor(status: number, message: string, violations: readonly Violation[] = [], retryAfter?: number) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.violations = violations;
    this.retryAfter = retryAfter;
  }
}

export function notFound(what: string, id: string): Refusal {
  return new Refusal(404, `there is no ${what} ${id.slice(0, 64)}`);
}

export function badRequest(violations: readonly Violation[]): Refusal {
  return new Refusal(400, 'the request is not valid', violations);
}

export function problemBody(status: number, message: string, violations: readonly Violation[] = []): Problem {
  return { message, code: status, ...(violations.length === 0 ? {} : { violations: [...violations] }) };
}
