import koffi from 'koffi';

/** Handles in use. A collected handle would silently stop polling. */
const live = new Set<ReturnType<typeof koffi.node.poll>>();

/**
 * Calls `ready` from the event loop while `fd` is readable. `failed` gets what `ready` throws: an
 * exception inside the callback would surface at some unrelated later call. Returns how to stop.
 */
export function pollReadable(fd: number, ready: () => void, failed: (error: unknown) => void): () => void {
  const handle = koffi.node.poll(fd, { readable: true }, () => {
    try {
      ready();
    } catch (error) {
      failed(error);
    }
  });
  live.add(handle);
  return () => {
    if (!live.delete(handle)) return;
    handle.stop();
    handle.close();
  };
}
