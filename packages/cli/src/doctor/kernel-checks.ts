import { fault, ok, unknown, warning, type Health } from './finding.ts';

/** What this machine's kernel and process say of themselves. */
export type KernelFacts = {
  readonly platform: string;
  readonly machine: string;
  /** As `uname -r`. */
  readonly release: string;
  readonly hasBtf: boolean;
  readonly isRoot: boolean;
  /** The effective capabilities as a set of bits; undefined where /proc does not tell. */
  readonly capabilities: bigint | undefined;
  /** The file systems that the kernel knows. */
  readonly filesystems: readonly string[];
  readonly jit: string | undefined;
};

const OLDEST = [6, 1] as const;
const TCX = [6, 6] as const;
/** linux/capability.h */
const NEEDED = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n, CAP_PERFMON: 38n, CAP_BPF: 39n } as const;

export function kernelChecks(facts: KernelFacts): Health[] {
  return [kernel(facts), btf(facts), privileges(facts), bpffs(facts), jit(facts)];
}

function kernel({ platform, machine, release }: KernelFacts): Health {
  const check = 'kernel';
  const found = `${platform} ${release} on ${machine}`;
  if (platform !== 'linux') return fault(check, found, 'the agent runs on Linux 6.1 and later');
  if (machine !== 'x64') return fault(check, found, 'the datapath programs are built for x86-64');
  const [major = 0, minor = 0] = release.split('.').map((part) => parseInt(part, 10));
  const atLeast = ([a, b]: readonly [number, number]): boolean => major > a || (major === a && minor >= b);
  if (!atLeast(OLDEST)) return fault(check, found, 'install a kernel of 6.1 or later');
  return ok(check, `${found}: ${atLeast(TCX) ? 'TCX links' : 'clsact filters, as TCX begins with 6.6'}`);
}

function btf({ hasBtf }: KernelFacts): Health {
  if (hasBtf) return ok('BTF', '/sys/kernel/btf/vmlinux is there');
  return fault(
    'BTF',
    'no /sys/kernel/btf/vmlinux',
    "install a kernel built with CONFIG_DEBUG_INFO_BTF, as Debian's are",
  );
}

function privileges({ isRoot, capabilities }: KernelFacts): Health {
  const check = 'privileges';
  if (capabilities === undefined) return unknown(check, '/proc/self/status tells no capabilities');
  const missing = Object.entries(NEEDED).filter(([, bit]) => (capabilities & (1n << bit)) === 0n);
  if (missing.length === 0) return ok(check, isRoot ? 'root' : 'not root, with the capabilities that are needed');
  const names = missing.map(([name]) => name).join(', ');
  return fault(check, `${isRoot ? 'root' : 'not root'}, without ${names}`, 'run as root: sudo midonet doctor');
}

function bpffs({ filesystems }: KernelFacts): Health {
  if (filesystems.includes('bpf')) return ok('bpffs', 'the kernel has the bpf file system');
  return fault('bpffs', 'the kernel has no bpf file system', 'use a kernel with CONFIG_BPF_SYSCALL');
}

function jit({ jit: value }: KernelFacts): Health {
  const check = 'BPF JIT';
  if (value === undefined)
    return unknown(check, 'only root may read net.core.bpf_jit_enable, and not from within a network namespace');
  if (value !== '0') return ok(check, 'on');
  return warning(check, 'off: packets are forwarded by an interpreter', 'run: sysctl -w net.core.bpf_jit_enable=1');
}
