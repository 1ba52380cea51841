import { execDaemon } from './daemons/exec-daemon.ts';

// The daemons take this process over before the operator's half is even loaded.
const [command, ...rest] = process.argv.slice(2);
if (command === 'controller' || command === 'agent' || command === 'store') execDaemon(command, rest);
const { outliveReaders } = await import('@midonet/contract/process');
const { runCli } = await import('./run-cli.ts');
const { stdout, stderr, env } = process;
process.exitCode = await runCli(process.argv.slice(2), { stdout, stderr, env, output: outliveReaders() });
