import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const RUN = fileURLToPath(new URL('../../run', import.meta.url));

/** The command line a user would type. */
export function midonetCommand(...words: string[]): string[] {
  return [RUN, 'midonet', ...words];
}

/** A token of this run only. */
export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** Resident memory of a process in MiB. */
export function residentMebibytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}

/** Processor time that a process has had, in microseconds; the kernel counts hundredths of a second. */
export function processorMicroseconds(pid: number): number {
  // proc(5): the name, in brackets, may hold spaces; utime and stime are the 12th and 13th field after it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}
