export * from './clock.ts';
export type { Retention } from './core/core-store.ts';
export { compareKeys, prefixEnd } from './core/keys.ts';
export * from './limits.ts';
export { inOneReading } from './reading.ts';
export * from './store.ts';
