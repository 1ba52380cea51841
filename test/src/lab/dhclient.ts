import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespaces } from './namespaces.ts';

/** What the client was told, by the names that it has for its script. */
export type Told = Readonly<Record<string, string>>;

/** Sets what a machine needs to talk, as the distributions' scripts do, and writes down all that it was told. */
const SCRIPT4 = (file: string): string => `#!/bin/sh
if [ "$reason" = BOUND ]; then
  ip link set "$interface" mtu "\${new_interface_mtu:-1450}"
  ip addr add "$new_ip_address/$new_subnet_mask" dev "$interface"
  [ -z "$new_routers" ] || ip route replace default via "$new_routers"
  env > ${file}
fi
`;
const SCRIPT6 = (file: string): string => `#!/bin/sh
[ "$reason" = BOUND6 ] && ip -6 addr add "$new_ip6_address/64" dev "$interface" nodad
case "$reason" in PREINIT6) ;; *) env > ${file} ;; esac
exit 0
`;
const CONF = `option rfc3442-classless-static-routes code 121 = array of unsigned integer 8;
request subnet-mask, routers, domain-name-servers, interface-mtu, rfc3442-classless-static-routes,
  dhcp6.name-servers, dhcp6.domain-search;
timeout 20;
`;

/** Debian's DHCP client, in machines of a test, with its files in a folder of the test and not in /etc. */
export class Dhclient {
  readonly #net: Namespaces;
  readonly #dir: string;
  /** Added to what fails. */
  readonly #logs: () => string;

  constructor(net: Namespaces, dir: string, logs: () => string) {
    this.#net = net;
    this.#dir = dir;
    this.#logs = logs;
  }

  lease(vm: string): Told {
    return this.#ask(vm, 'lease', SCRIPT4, ['-4']);
  }

  lease6(vm: string): Told {
    return this.#ask(vm, 'lease6', SCRIPT6, ['-6']);
  }

  /** Without an address. */
  information6(vm: string): Told {
    return this.#ask(vm, 'information6', SCRIPT6, ['-6', '-S']);
  }

  /** The client's own record of its leases. */
  leases(vm: string): string {
    return readFileSync(this.#file(vm, 'lease.leases'), 'utf8');
  }

  #file(vm: string, what: string): string {
    return join(this.#dir, `${vm}.${what}`);
  }

  #ask(vm: string, what: string, script: (file: string) => string, mode: readonly string[]): Told {
    const conf = this.#file(vm, 'dhclient.conf');
    const sh = this.#file(vm, `${what}.sh`);
    const env = this.#file(vm, `${what}.env`);
    writeFileSync(conf, CONF);
    writeFileSync(sh, script(env));
    chmodSync(sh, 0o755);
    const files = ['-cf', conf, '-lf', this.#file(vm, `${what}.leases`), '-pf', this.#file(vm, `${what}.pid`)];
    const ran = this.#net.exec(vm, ['dhclient', ...mode, '-1', '-v', '-sf', sh, ...files, 'eth0'], {
      timeoutMs: 30_000,
    });
    assert.ok(ran.code === 0 && existsSync(env), `${ran.stderr}\n${this.#logs()}`);
    const lines = readFileSync(env, 'utf8').split('\n');
    return Object.fromEntries(lines.map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
  }
}
