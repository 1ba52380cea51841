import { ApiError } from '@midonet/contract';
import { CliError, type CliErrorCode } from './cli-error.ts';

/** What a command ends with, for scripts; docs/cli.md has the same table. */
export const EXIT_CODES = {
  done: [0, 'done'],
  failure: [1, 'could not be done; the line on standard error says why'],
  usage: [2, 'wrong usage, or a file that cannot be understood'],
  differs: [3, 'done, and the answer is no: diff found differences, doctor found faults'],
  missing: [4, 'there is no such object, or its name is not unique'],
  forbidden: [5, 'not logged in, or not allowed'],
  unreachable: [6, 'no controller answers, or none can serve now'],
  conflict: [7, 'refused as things are: in use, taken, changed by somebody else, quota used up'],
} as const;

/** MidoNet's API says 403 to these as well, where nobody may. */
const AS_THINGS_ARE = /quota|can have \d+ .* at most|is alive: stop its agent|bound ports: unbind/;

export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[reasonOf(error)][0];
}

/** Why a command failed that failed like this. */
export function reasonOf(error: unknown): CliErrorCode {
  if (error instanceof CliError) return error.code;
  if (!(error instanceof ApiError)) return 'failure';
  if (error.failure.kind === 'unreachable') return 'unreachable';
  switch (error.status) {
    case 400:
      return 'usage';
    case 401:
      return 'forbidden';
    case 403:
      return AS_THINGS_ARE.test(error.message) ? 'conflict' : 'forbidden';
    case 404:
    case 410:
      return 'missing';
    case 409:
    case 412:
      return 'conflict';
    case 429:
    case 503:
    case 507:
      return 'unreachable';
    default:
      return 'failure';
  }
}

/** The reason that a command ended with this code for; what is no code of the table is a failure. */
export function reasonOfCode(code: number): CliErrorCode {
  const found = Object.entries(EXIT_CODES).find(([name, [number]]) => number === code && name !== 'done')?.[0];
  return (found as CliErrorCode | undefined) ?? 'failure'; // every name but `done` is one
}

/** The table for `midonet --help`. */
export function exitCodesText(): string {
  const lines = Object.values(EXIT_CODES).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return `\nExit codes:\n${lines.join('\n')}`;
}
