import { checked, libc } from './libc.ts';

const O_CLOEXEC = 0x80000;
const CLONE_NEWNET = 0x40000000;

/**
 * Runs functions inside a network namespace. setns() moves only the calling thread, so the function
 * must be synchronous; sockets made in it stay in that namespace.
 */
export class NetworkNamespace {
  readonly #fd: number | undefined;

  /** `path` like /run/netns/NAME; undefined is the process's own. Throws SystemError. */
  constructor(path: string | undefined) {
    this.#fd = path === undefined ? undefined : checked(`open ${path}`, libc.open(path, O_CLOEXEC));
  }

  run<T>(work: () => T): T {
    if (this.#fd === undefined) return work();
    const home = checked('open own namespace', libc.open('/proc/thread-self/ns/net', O_CLOEXEC));
    try {
      checked('setns', libc.setns(this.#fd, CLONE_NEWNET));
      return work();
    } finally {
      checked('setns back', libc.setns(home, CLONE_NEWNET));
      libc.close(home);
    }
  }

  close(): void {
    if (this.#fd !== undefined) libc.close(this.#fd);
  }
}
