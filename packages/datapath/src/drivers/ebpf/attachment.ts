import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  ATTACH_TCX_EGRESS,
  ATTACH_TCX_INGRESS,
  createLink,
  getPinned,
  pinObject,
  updateLink,
} from '../../kernel/bpf.ts';
import { errno, libc, SystemError } from '../../kernel/libc.ts';
import type { NetworkNamespace } from '../../kernel/namespace.ts';
import { DatapathError } from '../../datapath.ts';
import type { KernelObjects, ProgramName } from './objects.ts';

export type AttachPoint = {
  /** Names the pin; one attachment a name. */
  readonly name: string;
  readonly ifindex: number;
  readonly device: string;
  readonly program: ProgramName;
  readonly direction: 'ingress' | 'egress';
};

/** Priority and handle of our tc filters, so that we only touch our own. */
const FILTER = ['pref', '49152', 'handle', '0x6d6e'];

/**
 * Puts programs at interfaces: TCX links where the kernel has them (6.6), pinned so that they
 * outlive the process; tc filters on a clsact qdisc elsewhere, which outlive it anyway.
 */
export class Attachments {
  readonly #objects: KernelObjects;
  readonly #namespace: NetworkNamespace;
  #mode: 'auto' | 'tcx' | 'clsact';

  constructor(objects: KernelObjects, namespace: NetworkNamespace, mode: 'auto' | 'tcx' | 'clsact') {
    this.#objects = objects;
    this.#namespace = namespace;
    this.#mode = mode;
  }

  /** How programs are attached; 'auto' until the first one. */
  get mode(): 'auto' | 'tcx' | 'clsact' {
    return this.#mode;
  }

  /**
   * Attaches, or switches an attachment that is there to the present program without a gap. With
   * `fresh` an old link is dropped first: its interface is another one now.
   */
  attach(point: AttachPoint, fresh: boolean): void {
    if (this.#mode !== 'clsact') {
      const result = this.#attachTcx(point, fresh);
      if (result === 0) {
        this.#mode = 'tcx';
        return;
      }
      if (this.#mode === 'tcx') throw attachError(point, result);
    }
    this.#attachClsact(point);
    this.#mode = 'clsact';
  }

  /** 0 or errno. */
  #attachTcx(point: AttachPoint, fresh: boolean): number {
    const path = join(this.#objects.links, point.name);
    const program = this.#objects.program(point.program);
    if (existsSync(path)) {
      const old = fresh ? undefined : getPinned(path);
      const switched = old !== undefined && updateLink(old, program) === 0;
      if (old !== undefined) libc.close(old);
      if (switched) return 0;
      rmSync(path);
    }
    const type = point.direction === 'ingress' ? ATTACH_TCX_INGRESS : ATTACH_TCX_EGRESS;
    const link = this.#namespace.run(() => {
      const fd = createLink(program, point.ifindex, type);
      return fd < 0 ? -errno() : fd;
    });
    if (link < 0) return -link;
    pinObject(link, path);
    libc.close(link);
    return 0;
  }

  #attachClsact(point: AttachPoint): void {
    const { device, direction } = point;
    try {
      this.#tc(['qdisc', 'replace', 'dev', device, 'clsact']);
      const pin = this.#objects.programPin(point.program);
      this.#tc(['filter', 'replace', 'dev', device, direction, ...FILTER, 'bpf', 'da', 'object-pinned', pin]);
    } catch (cause) {
      if (/Cannot find device|No such device/.test(saidBy(cause))) {
        throw new DatapathError('noSuchInterface', `cannot attach to ${device}: it is gone`, { cause });
      }
      throw new DatapathError(
        'unsupportedKernel',
        `cannot attach to ${device}: neither TCX (Linux 6.6) nor a tc filter works (is iproute2's tc installed?): ${saidBy(cause).trim()}`,
        { cause },
      );
    }
  }

  detach(point: Omit<AttachPoint, 'ifindex' | 'program'>): void {
    const path = join(this.#objects.links, point.name);
    if (existsSync(path)) rmSync(path);
    if (this.#mode !== 'clsact') return;
    try {
      this.#tc(['filter', 'del', 'dev', point.device, point.direction, ...FILTER, 'bpf']);
    } catch {
      // The interface is gone, and the filter with it.
    }
  }

  /** Names of the links that are pinned. */
  pinned(): readonly string[] {
    return readdirSync(this.#objects.links);
  }

  #tc(args: readonly string[]): void {
    this.#namespace.run(() => execFileSync('tc', args, { stdio: ['ignore', 'ignore', 'pipe'] }));
  }
}

/** What a failed program wrote to its standard error. */
function saidBy(cause: unknown): string {
  return cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
}

function attachError(point: AttachPoint, error: number): DatapathError {
  const cause = new SystemError(`attach to ${point.device}`, error);
  const code =
    cause.code === 'ENODEV' ? 'noSuchInterface' : cause.code === 'EPERM' ? 'permission' : 'unsupportedKernel';
  return new DatapathError(code, `cannot attach to ${point.device}: ${cause.code}`, { cause });
}
