import type { DpPort, TunnelKey } from '@midonet/flow';
import type { Ip4, Ip6, IpAddress, Mac } from '@midonet/packet';
import { structOf, type Artefact } from './artefact.ts';
import type { Step } from './steps.ts';

/** Bits of step.set and values of step.out, as in flow.h. */
const SET = {
  ethSrc: 1,
  ethDst: 2,
  ipSrc: 4,
  ipDst: 8,
  ipTos: 16,
  l4Src: 32,
  l4Dst: 64,
  icmpId: 128,
  ttl: 256,
  vlan: 512,
} as const;
const OUT = { none: 0, port: 1, tunnel: 2, user: 3 } as const;
const HIGH = 0x1_0000_0000;

/** Network order; IPv4 in the first four of sixteen bytes. */
export function writeAddress(view: DataView, at: number, address: IpAddress): void {
  if (typeof address === 'number') {
    view.setUint32(at, address);
    view.setUint32(at + 4, 0);
    view.setBigUint64(at + 8, 0n);
    return;
  }
  view.setBigUint64(at, address >> 64n);
  view.setBigUint64(at + 8, address & 0xffff_ffff_ffff_ffffn);
}

export function readAddress(view: DataView, at: number, is6: boolean): IpAddress {
  if (!is6) return view.getUint32(at) as Ip4;
  return ((view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8)) as Ip6;
}

/** Writes and reads struct step. */
export class StepCodec {
  readonly size: number;
  readonly #at;

  constructor(artefact: Artefact) {
    this.#at = structOf(artefact, 'step', [
      'set',
      'eth_dst',
      'eth_src',
      'ip_src',
      'ip_dst',
      'peer',
      'tunnel_key',
      'l4_src',
      'l4_dst',
      'icmp_id',
      'tos',
      'ttl_by',
      'port',
      'out',
      'vlan_pops',
      'vlan_pushes',
      'peer_is6',
      'tci',
    ]);
    this.size = this.#at.size;
  }

  write(view: DataView, base: number, step: Step): void {
    const at = this.#at;
    let set = 0;
    if (step.ethDst !== undefined) {
      set |= SET.ethDst;
      writeMac(view, base + at.eth_dst, step.ethDst);
    }
    if (step.ethSrc !== undefined) {
      set |= SET.ethSrc;
      writeMac(view, base + at.eth_src, step.ethSrc);
    }
    if (step.ipSrc !== undefined) {
      set |= SET.ipSrc;
      writeAddress(view, base + at.ip_src, step.ipSrc);
    }
    if (step.ipDst !== undefined) {
      set |= SET.ipDst;
      writeAddress(view, base + at.ip_dst, step.ipDst);
    }
    if (step.ipTos !== undefined) set |= SET.ipTos;
    if (step.l4Src !== undefined) set |= SET.l4Src;
    if (step.l4Dst !== undefined) set |= SET.l4Dst;
    if (step.icmpId !== undefined) set |= SET.icmpId;
    if (step.ttlBy > 0) set |= SET.ttl;
    if (step.vlanPops > 0 || step.pushed.length > 0) set |= SET.vlan;
    view.setUint32(base + at.set, set, true);
    view.setUint8(base + at.tos, step.ipTos ?? 0);
    view.setUint16(base + at.l4_src, step.l4Src ?? 0, true);
    view.setUint16(base + at.l4_dst, step.l4Dst ?? 0, true);
    view.setUint16(base + at.icmp_id, step.icmpId ?? 0, true);
    view.setUint8(base + at.ttl_by, step.ttlBy);
    view.setUint8(base + at.vlan_pops, step.vlanPops);
    view.setUint8(base + at.vlan_pushes, step.pushed.length);
    for (let i = 0; i < 2; i++) view.setUint16(base + at.tci + 2 * i, step.pushed[i] ?? 0, true);
    this.#writeOutput(view, base, step);
  }

  #writeOutput(view: DataView, base: number, { output }: Step): void {
    const at = this.#at;
    view.setUint8(base + at.out, OUT[output.kind]);
    const port = output.kind === 'user' ? output.reason : output.kind === 'none' ? 0 : output.port;
    view.setUint16(base + at.port, port, true);
    if (output.kind !== 'tunnel') return;
    view.setUint32(base + at.tunnel_key, output.key, true);
    view.setUint8(base + at.peer_is6, typeof output.peer === 'number' ? 0 : 1);
    writeAddress(view, base + at.peer, output.peer);
  }

  /** `is6`: the flow's packets are IPv6, so its address rewrites are. */
  read(view: DataView, base: number, is6: boolean): Step {
    const at = this.#at;
    const set = view.getUint32(base + at.set, true);
    const pushes = view.getUint8(base + at.vlan_pushes);
    return {
      ...((set & SET.ethSrc) !== 0 && { ethSrc: readMac(view, base + at.eth_src) }),
      ...((set & SET.ethDst) !== 0 && { ethDst: readMac(view, base + at.eth_dst) }),
      ...((set & SET.ipSrc) !== 0 && { ipSrc: readAddress(view, base + at.ip_src, is6) }),
      ...((set & SET.ipDst) !== 0 && { ipDst: readAddress(view, base + at.ip_dst, is6) }),
      ...((set & SET.ipTos) !== 0 && { ipTos: view.getUint8(base + at.tos) }),
      ...((set & SET.l4Src) !== 0 && { l4Src: view.getUint16(base + at.l4_src, true) }),
      ...((set & SET.l4Dst) !== 0 && { l4Dst: view.getUint16(base + at.l4_dst, true) }),
      ...((set & SET.icmpId) !== 0 && { icmpId: view.getUint16(base + at.icmp_id, true) }),
      ttlBy: view.getUint8(base + at.ttl_by),
      vlanPops: view.getUint8(base + at.vlan_pops),
      pushed: Array.from({ length: pushes }, (_, i) => view.getUint16(base + at.tci + 2 * i, true)),
      output: this.#readOutput(view, base),
    };
  }

  #readOutput(view: DataView, base: number): Step['output'] {
    const at = this.#at;
    const port = view.getUint16(base + at.port, true);
    switch (view.getUint8(base + at.out)) {
      case OUT.port:
        return { kind: 'port', port: port as DpPort };
      case OUT.tunnel: {
        const peer = readAddress(view, base + at.peer, view.getUint8(base + at.peer_is6) !== 0);
        return {
          kind: 'tunnel',
          port: port as DpPort,
          peer,
          key: view.getUint32(base + at.tunnel_key, true) as TunnelKey,
        };
      }
      case OUT.user:
        return { kind: 'user', reason: port };
      default:
        return { kind: 'none' };
    }
  }
}

function writeMac(view: DataView, at: number, mac: Mac): void {
  view.setUint16(at, (mac / HIGH) | 0);
  view.setUint32(at + 2, mac % HIGH);
}

function readMac(view: DataView, at: number): Mac {
  return (view.getUint16(at) * HIGH + view.getUint32(at + 2)) as Mac;
}
