import type { Command } from 'commander';
import { join } from 'node:path';
import { crashesIn } from '@midonet/contract/host-files';
import { CliError } from '../cli-error.ts';
import { DEFAULT_STATE } from '../connection.ts';
import { prose } from '../output/table.ts';
import { wrap } from '../output/wrap.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand, type Options } from '../verbs.ts';
import { controllerChecks, mtuChecks, peerChecks } from './cloud-checks.ts';
import { crashCheck } from './crash-check.ts';
import { unknown, type Health } from './finding.ts';
import { kernelChecks } from './kernel-checks.ts';
import { leftoverChecks } from './leftover-checks.ts';
import { probeCloud, probeController } from './probe-cloud.ts';
import { probeKernel, probeLeftovers } from './probe-host.ts';

export function addDoctor(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'doctor',
    summary:
      'check this host: kernel, privileges, MTU, clock, controllers, tunnel peers, leftovers, crashes; say what to do',
    options: [
      ['--host <host>', 'this host, where its name does not tell (or MIDONET_HOST)'],
      ['--state <dir>', `the agent's folder, ${join(DEFAULT_STATE, 'agent')} by default`],
      ['--controller-state <dir>', `the controller's folder, ${join(DEFAULT_STATE, 'controller')} by default`],
    ],
    examples: ['midonet doctor', 'midonet doctor --host hv1 --json'],
    act: async (session, _words, options) => {
      const checks = await examine(session, options);
      session.show(checks, () => report(checks, session.width));
      if (checks.some(({ state }) => state === 'fault')) throw new CliError('differs', '');
    },
  });
}

async function examine(session: Session, options: Options): Promise<Health[]> {
  const stateDir = options.text('state') ?? join(DEFAULT_STATE, 'agent');
  const controllerDir = options.text('controllerState') ?? join(DEFAULT_STATE, 'controller');
  const controllers = await Promise.all(session.connection.urls.map(probeController));
  const cloud = await probeCloud(session, options.text('host'), stateDir);
  const known = typeof cloud === 'string' ? undefined : cloud;
  return [
    ...kernelChecks(probeKernel()),
    ...controllerChecks(controllers),
    ...(typeof cloud === 'string' ? [unknown('tunnels and bindings', cloud)] : []),
    ...mtuChecks(known?.mtus ?? []),
    ...peerChecks(known?.peers ?? []),
    ...leftoverChecks(probeLeftovers(stateDir, known?.bound ?? [])),
    ...[stateDir, controllerDir].map((folder) => crashCheck(folder, crashesIn(folder))),
  ];
}

function report(checks: readonly Health[], width: number | undefined): string {
  const rows = checks.map(({ check, state, found }) => [state === 'ok' ? 'ok' : state.toUpperCase(), check, found]);
  const advice = checks.flatMap(({ check, advice: text }) => (text === undefined ? [] : [`${check}: ${text}`]));
  const count = (state: Health['state']): number => checks.filter((one) => one.state === state).length;
  const [faults, warnings] = [count('fault'), count('warning')];
  const conclusion =
    faults + warnings === 0 ? 'nothing is wrong' : `${faults} fault(s), ${warnings} warning(s); what to do:`;
  const told = advice.map((text) => `  ${wrap(text, 2, width)}`);
  return [prose(['STATE', 'CHECK', 'FOUND'], rows, width), '', conclusion, ...told].join('\n');
}
