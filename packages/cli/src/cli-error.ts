/** What a command ends with when it cannot do its job: one line that says what is wrong and what to do. */
export class CliError extends Error {
  /** 'usage': the command line or file is wrong (exit code 2). 'failure': it could not be done (1). */
  readonly code: 'usage' | 'failure';

  constructor(code: 'usage' | 'failure', message: string, options?: ErrorOptions) {
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
