import type { Command } from 'commander';
import { execDaemon, type DaemonName } from './exec-daemon.ts';

const DAEMONS: readonly (readonly [DaemonName, string])[] = [
  ['controller', 'run a controller: REST API, watch and store (its own --help tells more)'],
  ['store', 'copy, back up and restore the topology (its own --help tells more)'],
  ['agent', 'run the agent of this host (its own --help tells more)'],
];

/** The daemons parse their own arguments; main.ts hands over before this tree exists, this lists them. */
export function addDaemons(program: Command): void {
  for (const [name, summary] of DAEMONS) {
    program
      .command(`${name} [arguments...]`)
      .summary(summary)
      .helpOption(false)
      .allowUnknownOption()
      .action((words: string[]) => execDaemon(name, words));
  }
}
