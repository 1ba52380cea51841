import { closeSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export type Program = 'agent' | 'controller';

/** How a program ended that nobody had told to end. */
export type Crash = {
  readonly at: string;
  readonly program: Program;
  /** How long it had run. */
  readonly seconds: number;
  /** What was thrown, and from where. */
  readonly reason: string;
};

const FILE = 'crashes.jsonl';
const KEPT = 16;
const LONGEST_REASON = 4096;

export function crashFile(stateDir: string): string {
  return join(stateDir, FILE);
}

/**
 * From now on whatever ends this process that nobody caught is written to a file in its state folder (0600; the last
 * sixteen), so that it outlives the process and whoever starts it again. It still ends as it would.
 */
export function keepCrashes(stateDir: string, program: Program): void {
  process.on('uncaughtExceptionMonitor', (thrown: unknown) => {
    try {
      const crash = {
        at: new Date().toISOString(),
        program,
        seconds: Math.round(process.uptime()),
        reason: text(thrown),
      };
      append(stateDir, crash);
    } catch {
      // A full disk must not hide what is written to standard error next.
    }
  });
}

/** The oldest first; undefined when the file may not be read. */
export function crashesIn(stateDir: string): Crash[] | undefined {
  let lines: string;
  try {
    lines = readFileSync(crashFile(stateDir), 'utf8');
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? [] : undefined;
  }
  return lines.split('\n').flatMap((line) => parse(line) ?? []);
}

/** As a whole: another crash in the middle leaves the file as it was. */
function append(stateDir: string, crash: Crash): void {
  const kept = [...(crashesIn(stateDir) ?? []), crash].slice(-KEPT);
  const temporary = join(stateDir, `.${FILE}.${process.pid}.new`);
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, kept.map((one) => `${JSON.stringify(one)}\n`).join(''));
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, crashFile(stateDir));
}

function text(thrown: unknown): string {
  const whole = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return whole.slice(0, LONGEST_REASON);
}

/** Undefined for what is no record: the file may have been edited. */
function parse(line: string): Crash | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const [at, program, seconds, reason] = ['at', 'program', 'seconds', 'reason'].map((field): unknown =>
    Reflect.get(value, field),
  );
  if (program !== 'agent' && program !== 'controller') return undefined;
  if (typeof at !== 'string' || typeof seconds !== 'number' || typeof reason !== 'string') return undefined;
  return { at, program, seconds, reason };
}
