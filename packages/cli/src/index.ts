export { createProgram } from './program.ts';
export { examplesOf } from './verbs.ts';
export { runCli } from './run-cli.ts';
export type { Surroundings } from './session.ts';
