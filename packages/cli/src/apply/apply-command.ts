import type { Command } from 'commander';
import { ApiError } from '@midonet/contract';
import { CliError } from '../cli-error.ts';
import { reasonOf } from '../exit-codes.ts';
import { readText } from '../input-text.ts';
import type { Session, Surroundings } from '../session.ts';
import { addCommand } from '../verbs.ts';
import { readTopologies, type TopologyDocument } from './document.ts';
import { LiveTopology } from './live-topology.ts';
import { inOneTransaction } from './one-transaction.ts';
import { planBalancer } from './plan-balancers.ts';
import { planChain, planRules } from './plan-chains.ts';
import { planFilters } from './plan-filters.ts';
import { planIpGroup, planMembers, planPortGroup } from './plan-groups.ts';
import { planBridge, planLateVlans } from './plan-bridges.ts';
import { planLoggers, planLoggingResource } from './plan-loggers.ts';
import { planMirror } from './plan-mirrors.ts';
import { planInsertions } from './plan-insertions.ts';
import { planPrune } from './plan-prune.ts';
import { planQosPolicy } from './plan-qos.ts';
import { planRouter } from './plan-routers.ts';
import { planTraceRequest } from './plan-trace-requests.ts';
import { planWiring } from './plan-wiring.ts';
import { planZone } from './plan-zones.ts';
import { printChange, type Change } from './plan.ts';

export function addApply(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'apply',
    summary: 'make the live topology what a YAML file says; what is in no file stays as it is',
    options: [
      ['-f, --file <file>', 'the file, - for standard input'],
      ['--dry-run', 'only show the difference'],
      ['--atomic', 'all of it in one transaction, or nothing where something is refused or was changed meanwhile'],
      [
        '--prune',
        'take from its bridges and routers what the file does not name: ports, routes, DHCP, filters, insertions, pools, VIPs',
      ],
    ],
    examples: [
      'midonet apply -f topology.yaml --dry-run',
      'midonet apply -f topology.yaml',
      'midonet apply -f topology.yaml --prune',
      'midonet apply -f topology.yaml --prune --atomic',
    ],
    act: async (session, _words, options) => {
      const file = options.required('file', '--file');
      const documents = readTopologies(file === '-' ? 'stdin' : file, readText(file));
      const [dry, atomic] = [options.flag('dryRun'), options.flag('atomic')];
      const changes: Change[] = [];
      for (const document of documents) {
        const some = await planTopology(session, document, options.flag('prune'));
        if (!dry && !atomic) for (const change of some) await perform(session, change);
        changes.push(...some);
      }
      if (atomic && !dry) await inOneTransaction(session.client, changes);
      const summary = changes.map(summaryOf);
      session.show(summary, () =>
        [...(dry || atomic ? changes.map(printChange) : []), conclusion(changes.length, dry)].join('\n'),
      );
    },
  });
}

export function addDiff(program: Command, surroundings: Surroundings): void {
  addCommand(program, surroundings, {
    usage: 'diff',
    summary: 'show how the live topology differs from a YAML file; the exit code is 3 when it does',
    options: [
      ['-f, --file <file>', 'the file, - for standard input'],
      ['--prune', 'count what the file does not name as a difference, as apply --prune does'],
    ],
    examples: ['midonet diff -f topology.yaml', 'midonet diff -f topology.yaml --prune --at 1h'],
    act: async (session, _words, options) => {
      const file = options.required('file', '--file');
      const changes: Change[] = [];
      for (const document of readTopologies(file === '-' ? 'stdin' : file, readText(file))) {
        changes.push(...(await planTopology(session, document, options.flag('prune'))));
      }
      session.show(changes.map(summaryOf), () =>
        [...changes.map(printChange), conclusion(changes.length, true)].join('\n'),
      );
      if (changes.length > 0) throw new CliError('differs', '');
    },
  });
}

function summaryOf({ sign, what, fields = [] }: Change): Omit<Change, 'run'> {
  return { sign, what, fields };
}

/** Every change that is missing, in an order in which each finds what it refers to. */
export async function planTopology(
  session: Session,
  document: TopologyDocument,
  prune = false,
): Promise<readonly Change[]> {
  const { tenant } = document;
  const live = await LiveTopology.load(session, tenant);
  const changes: Change[] = [];
  for (const wanted of document.zones) changes.push(...(await planZone(session, live, wanted)));
  for (const wanted of document.chains) changes.push(...planChain(live, wanted, tenant));
  for (const wanted of document.loggingResources) changes.push(...planLoggingResource(live, wanted, tenant));
  for (const wanted of document.qosPolicies) changes.push(...planQosPolicy(live, wanted, tenant));
  for (const wanted of document.ipGroups) changes.push(...(await planIpGroup(session, live, { wanted, tenant })));
  for (const wanted of document.portGroups) changes.push(...planPortGroup(live, { wanted, tenant }));
  for (const wanted of document.bridges) changes.push(...(await planBridge(session, live, { wanted, tenant })));
  for (const wanted of document.routers) changes.push(...(await planRouter(session, live, { wanted, tenant })));
  changes.push(...planWiring(live, document), ...planLateVlans(live, document.bridges));
  for (const wanted of document.routers) changes.push(...(await planBalancer(session, live, { wanted, tenant })));
  const members = document.portGroups.flatMap((wanted) => planMembers(live, wanted));
  // A port that is pruned leaves its groups with it: who leaves one goes before.
  const leaving = prune ? members.filter(({ sign }) => sign === '-') : [];
  changes.push(...members.filter((one) => !leaving.includes(one)));
  for (const wanted of document.mirrors) changes.push(...(await planMirror(live, wanted)));
  for (const wanted of document.traceRequests) changes.push(...(await planTraceRequest(live, wanted)));
  changes.push(...(await planRules(session, live, document.chains)));
  const loggers = await session.directory.ruleLoggers();
  for (const wanted of document.chains) changes.push(...(await planLoggers(live, loggers, wanted)));
  changes.push(...planInsertions(live, await session.directory.l2Insertions(), document, prune));
  changes.push(...planFilters(live, document, prune));
  if (!prune) return changes;
  const { before, after } = await planPrune(session, live, document);
  return [...leaving, ...before, ...changes, ...after];
}

async function perform(session: Session, change: Change): Promise<void> {
  if (session.flags.json !== true) session.print(printChange(change));
  try {
    await change.run(session.client);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = `${change.what}: ${error.message}; what came before it is done, apply again when it is mended`;
    throw new CliError(reasonOf(error), message);
  }
}

function conclusion(count: number, dry: boolean): string {
  if (count === 0) return 'nothing to change';
  const changes = `${count} change${count === 1 ? '' : 's'}`;
  return dry ? `${changes} to make` : `${changes} made`;
}
