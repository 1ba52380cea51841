export * as arbitraries from './arbitraries.ts';
export { Cloud } from './cloud.ts';
export { Table } from './table.ts';
