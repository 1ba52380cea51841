/** 'usage': the command line or file is wrong. 'missing': no such object. 'differs': done, with a no for an answer. */
export type CliErrorCode = 'usage' | 'failure' | 'missing' | 'differs' | 'forbidden' | 'unreachable' | 'conflict';

/** What a command ends with when it cannot do its job: one line that says what is wrong and what to do. */
export class CliError extends Error {
  /** Why, in the words of exit-codes.ts. */
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.code = code;
  }
}

export function usageError(message: string): CliError {
  return new CliError('usage', message);
}

export function failure(message: string, options?: ErrorOptions): CliError {
  return new CliError('failure', message, options);
}

/** There is no such thing, or more than one. */
export function missing(message: string): CliError {
  return new CliError('missing', message);
}

/** Not as things are. */
export function conflict(message: string): CliError {
  return new CliError('conflict', message);
}
