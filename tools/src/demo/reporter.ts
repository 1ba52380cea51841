import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';

/** Prints what is done and what holds, one line each, with times. */
export class Reporter {
  readonly #started = performance.now();
  failed = 0;
  passed = 0;

  step(text: string): void {
    console.log(`\n==> ${text}`);
  }

  command(text: string): void {
    console.log(`    $ ${text}`);
  }

  detail(text: string): void {
    if (text.trim() !== '') console.log(text.trimEnd().replace(/^/gm, '      '));
  }

  /** Repeats a probe until it gives its line or the time is over; undefined means "not yet". */
  async check(name: string, probe: () => string | undefined, withinMs = 20_000): Promise<void> {
    const before = performance.now();
    let said: string | undefined;
    while ((said = probe()) === undefined && performance.now() - before < withinMs) await delay(200);
    if (said === undefined) {
      this.failed++;
      console.log(`FAIL ${name}`);
    } else {
      this.passed++;
      console.log(`ok   ${name}${said === '' ? '' : `: ${said}`}`);
    }
  }

  get seconds(): string {
    return ((performance.now() - this.#started) / 1000).toFixed(1);
  }
}
