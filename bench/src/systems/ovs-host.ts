import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UNDERLAY, type Pair } from '../pair.ts';
import { must } from '../shell.ts';
import { OvsSwitch } from './ovs-switch.ts';

/** The numbers of `vm0` and `vx0` on `br-int`. */
export const VM = 1;
export const TUNNEL = 2;

/** A host whose `br-int` holds the VM's `vm0` and the tunnel `vx0` to the other host, and is told its flows by hand. */
export class OvsHost extends OvsSwitch {
  readonly #remote: string;

  constructor(pair: Pair, index: 0 | 1, folder: string) {
    super(pair, index, folder);
    this.#remote = UNDERLAY[1 - index] ?? '';
  }

  override async start(): Promise<void> {
    await super.start();
    this.addBridge('br-int', 'protocols=[OpenFlow10,OpenFlow13,OpenFlow15]');
    this.addPort('br-int', 'vm0', `ofport_request=${VM}`);
    const tunnel = ['type=vxlan', `options:remote_ip=${this.#remote}`, 'options:key=42'];
    this.addPort('br-int', 'vx0', `ofport_request=${TUNNEL}`, ...tunnel);
  }

  /** Replaces what `br-int` does, a flow a line, and its groups. Without, it is a learning switch. */
  program(flows: readonly string[], groups: readonly string[] = []): void {
    must(['ovs-ofctl', 'del-flows', this.#bridge]);
    for (const group of groups) must(['ovs-ofctl', '-O', 'OpenFlow15', 'add-group', this.#bridge, group]);
    const file = join(this.folder, 'flows');
    writeFileSync(file, `${flows.join('\n')}\n`);
    must(['ovs-ofctl', 'add-flows', this.#bridge, file]);
  }

  add(flow: string): void {
    must(['ovs-ofctl', 'add-flow', this.#bridge, flow]);
  }

  get #bridge(): string {
    return `unix:${join(this.folder, 'br-int.mgmt')}`;
  }
}
