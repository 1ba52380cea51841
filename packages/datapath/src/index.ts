export * from './datapath.ts';
export { placeOf } from './flow-id.ts';
