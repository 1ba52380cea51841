export * from './datapath.ts';
