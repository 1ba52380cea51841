import { readFileSync } from 'node:fs';
import type { Lab } from './lab.ts';
import type { Reporter } from './reporter.ts';
import { startDetached } from './shell.ts';

/** What has to hold on any kernel: reachability on one switch, across the router, in both families. */
export async function checkReachability(lab: Lab, report: Reporter): Promise<void> {
  const ping =
    (to: string, ...flags: string[]) =>
    (): string | undefined => {
      const ran = lab.exec('web', ['ping', '-n', '-c', '3', '-i', '0.2', '-W', '2', ...flags, to]);
      const times = /= [\d.]+\/([\d.]+)\//.exec(ran.output)?.[1];
      return ran.output.includes(' 0% packet loss') ? `web → ${to}, ${times ?? '?'} ms` : undefined;
    };
  await report.check('ping on one switch', ping('10.1.0.11'), 60_000);
  await report.check('ping the router', ping('10.1.0.1'), 60_000);
  await report.check('ping across the router', ping('10.2.0.10'), 60_000);
  await report.check('IPv6 ping across the router', ping('fd00:2::10'), 60_000);
  await report.check('largest packet, unfragmented', ping('10.2.0.10', '-M', 'do', '-s', '1422'), 60_000);
  await report.check('a rejected destination is reported by ICMP', () => {
    const ran = lab.exec('web', ['ping', '-n', '-c', '1', '-W', '2', '10.66.0.1']);
    return /From 10\.1\.0\.1 .*(Unreachable|filtered|prohibited)/i.exec(ran.output)?.[0];
  });
}

export async function checkDhcp(lab: Lab, report: Reporter): Promise<void> {
  await report.check('DHCP gave app its address, MTU and gateway', () => {
    const link = lab.exec('app', ['ip', '-o', 'addr', 'show', 'dev', 'eth0']).output;
    const routes = lab.exec('app', ['ip', 'route', 'show', 'default']).output;
    const mtu = /mtu (\d+)/.exec(lab.exec('app', ['ip', 'link', 'show', 'dev', 'eth0']).output)?.[1];
    const right = link.includes('10.1.0.11/24') && routes.includes('via 10.1.0.1') && mtu === '1450';
    return right ? '10.1.0.11/24, gateway 10.1.0.1, mtu 1450' : undefined;
  });
}

export async function checkTcp(lab: Lab, report: Reporter): Promise<void> {
  const page = readFileSync(new URL('../../../LICENSE', import.meta.url), 'utf8');
  const server = `require('node:http').createServer((_, r) => r.end(require('node:fs').readFileSync('LICENSE'))).listen(80)`;
  startDetached([...lab.inside('db'), process.execPath, '-e', server], lab.log('http'));
  await report.check('HTTP by curl across the router', () => {
    const ran = lab.exec('web', ['curl', '-s', '--max-time', '3', 'http://10.2.0.10/']);
    return ran.output === page ? `${page.length} bytes, as sent` : undefined;
  });
  startDetached([...lab.inside('db'), 'iperf3', '-s'], lab.log('iperf3'));
  await report.check('TCP throughput, web on hv1 to db on hv2', () => {
    const ran = lab.exec('web', ['iperf3', '-c', '10.2.0.10', '-t', '3', '-f', 'g']);
    const rate = /([\d.]+) Gbits\/sec.*receiver/.exec(ran.output)?.[1];
    return rate === undefined ? undefined : `${rate} Gbit/s`;
  });
}
