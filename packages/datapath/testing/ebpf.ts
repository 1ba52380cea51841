/** What tests of the kernel driver need: root, and kernel objects to clean up. Apart from the rest, as loading it opens libc. */
export { ebpfHarness } from './ebpf-harness.ts';
export { kernelTestsImpossible, Lab, portFlow, Recorder, until, withLab, withTunnelKey } from './kernel-lab.ts';
export { NetworkNamespace } from '../src/kernel/namespace.ts';
export { PacketSocket } from './packet-socket.ts';
