import { crashFile, type Crash } from '@midonet/contract/host-files';
import { ok, unknown, warning, type Health } from './finding.ts';

/** What the program that has this state folder kept of its own crashes; undefined: it may not be read. */
export function crashCheck(stateDir: string, crashes: readonly Crash[] | undefined): Health {
  const check = 'crashes';
  const file = crashFile(stateDir);
  if (crashes === undefined) return unknown(check, `${file} may not be read; run as root`);
  const last = crashes.at(-1);
  if (last === undefined) return ok(check, `none is known in ${stateDir}`);
  const [reason = ''] = last.reason.split('\n');
  const count = crashes.length === 1 ? 'one crash' : `${crashes.length} crashes`;
  return warning(
    check,
    `${count} of the ${last.program}, the last at ${last.at} after ${last.seconds} s: ${reason}`,
    `it was started again where systemd runs it; report what is in ${file}, then delete that file`,
  );
}
