import type { NatBlock, Ports } from '@midonet/agent';
import { formatIp, type IpAddress } from '@midonet/packet';

const BLOCK_SIZE = 64;

/** Blocks of NAT ports, each for one host: the lowest that nobody has. */
export class PortGrants {
  readonly #owners = new Map<string, number>();

  grant(host: number, deviceId: string, address: IpAddress, { from, to }: Ports): NatBlock | undefined {
    for (let block = Math.floor(from / BLOCK_SIZE); block * BLOCK_SIZE <= to; block++) {
      const key = `${deviceId} ${formatIp(address)} ${block}`;
      if (this.#owners.has(key)) continue;
      this.#owners.set(key, host);
      return { deviceId, address, block };
    }
    return undefined;
  }
}
