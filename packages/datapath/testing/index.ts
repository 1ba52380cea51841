export * from './compliance.ts';
export * from './frames.ts';
export * from './harness.ts';
export { memoryHarness } from './memory-harness.ts';
