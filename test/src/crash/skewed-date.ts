/**
 * Loaded into a controller before anything else: what it takes for the time is so many milliseconds off as the
 * file of CRASH_CLOCK says, which is read at the start and on SIGUSR2. Intervals are not touched: no clock
 * that is set changes these either.
 */
import { readFileSync } from 'node:fs';

const file = process.env['CRASH_CLOCK'];
const TrueDate = Date;
let offset = 0;

function read(): void {
  try {
    offset = file === undefined ? 0 : Number(readFileSync(file, 'utf8'));
  } catch {
    offset = 0; // nobody has set it yet
  }
}

class SkewedDate extends TrueDate {
  constructor(...given: readonly unknown[]) {
    if (given.length === 0) super(TrueDate.now() + offset);
    else super(...(given as [number])); // whatever Date takes
  }

  static override now(): number {
    return TrueDate.now() + offset;
  }
}

read();
process.on('SIGUSR2', read);
globalThis.Date = SkewedDate as DateConstructor; // it is never called as a function
