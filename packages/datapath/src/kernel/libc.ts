import koffi from 'koffi';

/**
 * The C library, and the only file that knows koffi (with poll.ts). Calls are synchronous and return
 * what the system call returned; negative results become a SystemError with errno's name.
 */
const library = koffi.load('libc.so.6');

type Address = bigint | number;

function bind<Args extends readonly unknown[], Result>(prototype: string): (...args: Args) => Result {
  return library.func(prototype);
}

export const libc = {
  syscall: bind<[number, number, Address, number, number, number], number>(
    'int64_t syscall(int64_t n, int64_t a, uintptr_t b, int64_t c, int64_t d, int64_t e)',
  ),
  mmap: bind<[Address, number, number, number, number, number], bigint | number>(
    'int64_t mmap(uintptr_t address, size_t length, int prot, int flags, int fd, int64_t offset)',
  ),
  munmap: bind<[Address, number], number>('int munmap(uintptr_t address, size_t length)'),
  open: bind<[string, number], number>('int open(const char *path, int flags)'),
  close: bind<[number], number>('int close(int fd)'),
  setns: bind<[number, number], number>('int setns(int fd, int type)'),
  statfs: bind<[string, Address], number>('int statfs(const char *path, uintptr_t buffer)'),
  socket: bind<[number, number, number], number>('int socket(int domain, int type, int protocol)'),
  bind: bind<[number, Address, number], number>('int bind(int fd, uintptr_t address, uint32_t length)'),
  setsockopt: bind<[number, number, number, Address, number], number>(
    'int setsockopt(int fd, int level, int name, uintptr_t value, uint32_t length)',
  ),
  send: bind<[number, Address, number, number], number>(
    'int64_t send(int fd, uintptr_t data, size_t length, int flags)',
  ),
  sendto: bind<[number, Address, number, number, Address, number], number>(
    'int64_t sendto(int fd, uintptr_t data, size_t length, int flags, uintptr_t address, uint32_t addressLength)',
  ),
  getsockname: bind<[number, Address, Address], number>('int getsockname(int fd, uintptr_t address, uintptr_t length)'),
  recv: bind<[number, Address, number, number], number>(
    'int64_t recv(int fd, uintptr_t data, size_t length, int flags)',
  ),
  recvmsg: bind<[number, Address, number], number>('int64_t recvmsg(int fd, uintptr_t message, int flags)'),
  sendmsg: bind<[number, Address, number], number>('int64_t sendmsg(int fd, uintptr_t message, int flags)'),
  sendmmsg: bind<[number, Address, number, number], number>(
    'int sendmmsg(int fd, uintptr_t messages, uint32_t count, int flags)',
  ),
} as const;

export const EAGAIN = 11;
export const EEXIST = 17;
export const ENOENT = 2;
export const EPERM = 1;
export const EACCES = 13;
export const EINTR = 4;

export function errno(): number {
  return koffi.errno();
}

/** A system call that failed. `code` is errno's name, e.g. 'EPERM'. */
export class SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  constructor(what: string, number: number) {
    const code = Object.entries(koffi.os.errno).find(([, value]) => value === number)?.[0] ?? `errno ${number}`;
    super(`${what}: ${code}`);
    this.name = 'SystemError';
    this.code = code;
    this.errno = number;
  }
}

/** `result`, or a SystemError naming `what` when it is negative. */
export function checked(what: string, result: number): number {
  if (result < 0) throw new SystemError(what, errno());
  return result;
}

/** Memory outside the JavaScript heap, with a stable address; for structs that hold pointers. */
export type Memory = {
  readonly address: bigint;
  readonly bytes: Uint8Array;
  readonly view: DataView;
};

/** Zeroed memory that lives as long as the process: allocate once per user, not per call. */
export function allocate(length: number): Memory {
  const pointer: unknown = koffi.alloc('uint8_t', length);
  const memory = viewMemory(koffi.address(pointer), length);
  memory.bytes.fill(0);
  return memory;
}

/** Memory that lies at `address`. Out of bounds of what is mapped there the process dies. */
export function viewMemory(address: bigint, length: number): Memory {
  const buffer = koffi.view(address, length);
  return { address, bytes: new Uint8Array(buffer), view: new DataView(buffer) };
}

const PROT_READ = 1;
const PROT_WRITE = 2;
const MAP_SHARED = 1;

/** Maps `fd`. Writing to a mapping made without `writable` kills the process. */
export function mapMemory(fd: number, options: { length: number; offset: number; writable: boolean }): Memory {
  const { length, offset, writable } = options;
  const address = libc.mmap(0, length, writable ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, fd, offset);
  if (BigInt(address) === -1n) throw new SystemError(`mmap of ${length} bytes`, errno());
  return viewMemory(BigInt(address), length);
}

export function unmapMemory(memory: Memory): void {
  libc.munmap(memory.address, memory.bytes.length);
}
