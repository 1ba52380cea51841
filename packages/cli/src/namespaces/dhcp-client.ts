import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failure } from '../cli-error.ts';
import { runCommand } from './ip-command.ts';

const SCRIPT = fileURLToPath(new URL('./dhclient-script.sh', import.meta.url));

const CONFIGURATION = `
option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
request subnet-mask, routers, domain-name-servers, interface-mtu, rfc3442-classless-static-routes;
timeout 15;
initial-interval 1;
`;

/**
 * Takes one lease by dhclient and ends the client again. Throws what it said when no offer came.
 * Its files are its own, so that the machine's leases and resolver stay as they are.
 */
export function takeLease(namespace: string, interfaceName: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'midonet-dhcp-'));
  try {
    const [configuration, leases, pid] = ['conf', 'leases', 'pid'].map((name) => join(folder, name));
    if (configuration === undefined || leases === undefined || pid === undefined) return;
    writeFileSync(configuration, CONFIGURATION);
    const inside = ['ip', 'netns', 'exec', namespace] as const;
    const files = ['-cf', configuration, '-lf', leases, '-pf', pid];
    try {
      runCommand([...inside, 'dhclient', '-4', '-1', ...files, '-sf', SCRIPT, interfaceName], 30_000);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw failure(
        `${namespace} got no address by DHCP: has the bridge of its port a DHCP subnet, with an address left? (${why})`,
      );
    }
    // The lease stays on the interface; -x ends the daemon without giving the address back.
    runCommand([...inside, 'dhclient', '-4', '-x', ...files, '-sf', '/bin/true', interfaceName]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
