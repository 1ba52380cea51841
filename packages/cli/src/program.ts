import { VERSION } from '@midonet/contract';
import { Command } from 'commander';
import { addAudit } from './access/audit.ts';
import { addHostCredentials } from './access/host-credentials.ts';
import { addLogin } from './access/login.ts';
import { addQuota } from './access/quota.ts';
import { addTenants } from './access/tenants.ts';
import { addTokens } from './access/tokens.ts';
import { addUsers } from './access/users.ts';
import { addApply, addDiff } from './apply/apply-command.ts';
import { addCompletion } from './completion.ts';
import { addConf } from './conf/conf-command.ts';
import { addDaemons } from './daemons/daemon-commands.ts';
import { addUp } from './daemons/up.ts';
import { addDescribe } from './describe/describe-command.ts';
import { addDoctor } from './doctor/doctor-command.ts';
import { addDrops } from './drops.ts';
import { exitCodesText } from './exit-codes.ts';
import { addExport } from './export/export-command.ts';
import { FORMATS } from './output/format.ts';
import { addHistory } from './history/history-command.ts';
import { addRestore } from './history/restore-command.ts';
import { addNamespaces } from './namespaces/ns-command.ts';
import { addNeutron } from './neutron/neutron-command.ts';
import { addBindings } from './objects/bindings.ts';
import { addBridgeTables } from './objects/bridge-tables.ts';
import { addBridges } from './objects/bridges.ts';
import { addChains } from './objects/chains.ts';
import { addDhcp } from './objects/dhcp.ts';
import { addDhcpHosts } from './objects/dhcp-hosts.ts';
import { addDhcp6 } from './objects/dhcp6.ts';
import { addDhcp6Hosts } from './objects/dhcp6-hosts.ts';
import { addHealthMonitors } from './objects/health-monitors.ts';
import { addHosts } from './objects/hosts.ts';
import { addMirrors } from './objects/mirrors.ts';
import { addMeters } from './objects/meters.ts';
import { addNatBlocks } from './objects/nat-blocks.ts';
import { addIpAddressGroups } from './objects/ip-address-groups.ts';
import { addL2Insertions } from './objects/l2-insertions.ts';
import { addLoadBalancers } from './objects/load-balancers.ts';
import { addPoolMembers } from './objects/pool-members.ts';
import { addPools } from './objects/pools.ts';
import { addPortGroups } from './objects/port-groups.ts';
import { addPorts } from './objects/ports.ts';
import { addQosPolicies } from './objects/qos-policies.ts';
import { addRouters } from './objects/routers.ts';
import { addRoutes } from './objects/routes.ts';
import { addRules } from './objects/rules.ts';
import { addLoggingResources } from './objects/logging-resources.ts';
import { addRuleLoggers } from './objects/rule-loggers.ts';
import { addTraceRequests } from './objects/trace-requests.ts';
import { addTunnelZones } from './objects/tunnel-zones.ts';
import { addVips } from './objects/vips.ts';
import { addWiring } from './objects/wiring.ts';
import type { Surroundings } from './session.ts';
import { addShell } from './shell/shell-command.ts';
import { addStatus } from './status.ts';
import { addTimeline } from './timeline/timeline-command.ts';
import { addTrace } from './trace/trace-command.ts';
import { addWatch } from './watch/watch-command.ts';
import { addVerbs } from './verbs.ts';

/** The whole command tree. Nothing runs before it is parsed. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('midonet')
    .description('Virtual switches and routers across hosts: run it, shape it, look into it.')
    .version(VERSION, '-V, --version', 'print the version')
    .option('--url <url>', 'the controller (or MIDONET_URL); several of one cloud with commas between')
    .option(
      '--token <token>',
      "who asks (or MIDONET_TOKEN; the last login; the controller's state folder on its own machine)",
    )
    .option('--ca <file>', 'trust the certificates in this file as well (or MIDONET_CA)')
    .option('--at <moment>', 'look at the past: a revision, a time, or how long back, like 10m')
    .option('-o, --output <format>', `${FORMATS.join(', ')}; a table by default, wide is one with whole ids`)
    .option('--json', 'print JSON, as -o json does')
    .addHelpText('after', exitCodesText())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void surroundings.stdout.write(text),
      writeErr: (text) => void surroundings.stderr.write(text),
      outputError: (text, write) => write(mistake(text)),
      getOutHelpWidth: () => surroundings.stdout.columns ?? 80,
    });
  addDaemons(program);
  addUp(program, surroundings);
  addStatus(program, surroundings);
  addApply(program, surroundings);
  addDescribe(program, surroundings);
  addDiff(program, surroundings);
  addExport(program, surroundings);
  const verbs = addVerbs(program, surroundings);
  addBridges(verbs);
  addRouters(verbs);
  addPorts(verbs);
  addRoutes(verbs);
  addChains(verbs);
  addRules(verbs);
  addPortGroups(verbs);
  addIpAddressGroups(verbs);
  addLoadBalancers(verbs);
  addPools(verbs);
  addPoolMembers(verbs);
  addVips(verbs);
  addHealthMonitors(verbs);
  addQosPolicies(verbs);
  addMirrors(verbs);
  addL2Insertions(verbs);
  addTraceRequests(verbs);
  addLoggingResources(verbs);
  addRuleLoggers(verbs);
  addHosts(verbs);
  addBindings(verbs);
  addMeters(verbs);
  addNatBlocks(verbs);
  addTunnelZones(verbs);
  addDhcp(verbs);
  addDhcpHosts(verbs);
  addDhcp6(verbs);
  addDhcp6Hosts(verbs);
  addBridgeTables(verbs);
  addUsers(verbs);
  addTokens(verbs);
  addTenants(verbs);
  addLogin(program, surroundings);
  addConf(program, surroundings);
  addNeutron(program, surroundings);
  addQuota(program, surroundings);
  addAudit(program, surroundings);
  addHistory(program, surroundings);
  addRestore(program, surroundings);
  addWatch(program, surroundings);
  addHostCredentials(program, surroundings);
  addWiring(program, surroundings);
  addNamespaces(program, surroundings);
  addTrace(program, surroundings);
  addTimeline(program, surroundings);
  addDrops(program, surroundings);
  addDoctor(program, surroundings);
  addShell(program, surroundings, async (words) => {
    const { runCli } = await import('./run-cli.ts'); // which needs this file
    return runCli(words, surroundings);
  });
  addCompletion(program, surroundings);
  return program;
}

/** Commander's complaint in one line and in this program's form, with where to look. */
function mistake(text: string): string {
  const [said = '', ...hints] = text
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const hint = hints.map((line) => line.replace(/^\((.*)\)$/, '$1')).join(' ');
  return `midonet: ${said}; ${hint === '' ? '--help shows the usage' : hint}\n`;
}
