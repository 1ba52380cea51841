import { agentOf } from '@midonet/contract/host-files';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { arch, networkInterfaces, platform, release } from 'node:os';
import { join } from 'node:path';
import type { KernelFacts } from './kernel-checks.ts';
import type { LeftoverFacts } from './leftover-checks.ts';

export function probeKernel(): KernelFacts {
  const mask = /^CapEff:\s*([0-9a-f]+)/m.exec(read('/proc/self/status') ?? '')?.[1];
  return {
    platform: platform(),
    machine: arch(),
    release: release(),
    hasBtf: existsSync('/sys/kernel/btf/vmlinux'),
    isRoot: process.getuid?.() === 0,
    capabilities: mask === undefined ? undefined : BigInt(`0x${mask}`),
    filesystems: (read('/proc/filesystems') ?? '').split('\n').map((line) => line.split('\t').at(-1) ?? ''),
    jit: read('/proc/sys/net/core/bpf_jit_enable')?.trim(),
  };
}

export function probeLeftovers(stateDir: string, bound: readonly string[]): LeftoverFacts {
  const devices = names('/sys/class/net');
  return {
    stateDir,
    agent: agentOf(stateDir),
    pins: countPins(join(stateDir, 'bpf')),
    devices: devices.filter((name) => name.startsWith('midonet-')),
    staleNamespaces: names('/run/netns').filter((name) => !isMounted(join('/run/netns', name))),
    missingInterfaces: bound.filter((name) => !devices.includes(name)),
  };
}

export function mtuOf(device: string): number | undefined {
  const text = read(`/sys/class/net/${device}/mtu`)?.trim();
  return text === undefined ? undefined : Number(text);
}

/** The interface that has an address. */
export function interfaceWith(address: string): string | undefined {
  return Object.entries(networkInterfaces()).find(([, all]) => all?.some((one) => one.address === address))?.[0];
}

/** Undefined when the folder may not be read; 0 when there is none. */
function countPins(folder: string): number | undefined {
  try {
    return readdirSync(folder, { recursive: true }).length;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 0 : undefined;
  }
}

/** A namespace's file is on another file system (nsfs) than the folder it is in. */
function isMounted(path: string): boolean {
  try {
    return statSync(path).dev !== statSync('/run').dev;
  } catch {
    return false;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
