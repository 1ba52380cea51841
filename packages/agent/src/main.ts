import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { setPriority } from 'node:os';
import { join } from 'node:path';
import { keepCrashes } from '@midonet/contract/host-files';
import { outliveReaders } from '@midonet/contract/process';
import { DatapathError } from '@midonet/datapath';
import { pino, type Logger } from 'pino';
import { agentArguments, USAGE, type AgentArguments } from './arguments.ts';
import { systemClock } from './clock.ts';
import { trustFile } from './host/certificate-authority.ts';
import { hostCredential } from './host/enrolment.ts';
import { StateDirError } from './host/state-dir.ts';
import { instanceSettings } from './instance/instance-settings.ts';
import { startAgent } from './start-agent.ts';
import { SOCKET_NAME } from './status/status-server.ts';

type Run = Extract<AgentArguments, { readonly kind: 'run' | 'remove' }>;
type Ask = Extract<AgentArguments, { readonly kind: 'ask' }>;

/** As Open vSwitch's daemon has it: packets wait for this thread, and other work can wait for packets. */
const NICENESS = -10;

async function main(): Promise<void> {
  outliveReaders();
  const asked = agentArguments(process.argv.slice(2), process.env);
  switch (asked.kind) {
    case 'help':
      process.stdout.write(USAGE);
      return;
    case 'wrong':
      fail(`${asked.message}\n\n${USAGE}`, 2);
      return;
    case 'ask':
      await ask(asked);
      return;
    case 'run':
    case 'remove':
      await run(asked);
  }
}

async function run(asked: Run): Promise<void> {
  const logger = pino({ level: asked.level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  comeFirst(logger);
  // Timers and sockets of the agent do not keep the process alive by themselves.
  const anchor = setInterval(() => undefined, 1 << 30);
  process.once('exit', () => clearInterval(anchor));
  const { controllerUrls, hostName, stateDir, maxFlows, bigTcp } = asked;
  keepCrashes(stateDir, 'agent');
  if (asked.ca !== undefined) trustFile(asked.ca);
  const given = asked.tokenFile === undefined ? asked.token : readFileSync(asked.tokenFile, 'utf8').trim();
  const enrolment = { stateDir, controllerUrls, enrol: asked.kind === 'run' ? asked.enrol : undefined };
  // What is this host's alone comes before a token that opens more.
  const token = (await hostCredential(enrolment, { clock: systemClock, logger })) ?? given;
  const running = await startAgent({
    ...{ controllerUrls, hostName, stateDir, token, maxFlows, bigTcp, datapath: 'ebpf', logger },
    ...{ ownSettings: asked.ownSettings, setLogLevel: (level: string) => (logger.level = level) },
    ...(asked.kind === 'run' ? { instanceServices: instanceSettings(asked), metrics: asked.metrics } : {}),
  });
  if (asked.kind === 'remove') {
    await running.stop('remove');
    clearInterval(anchor);
    return;
  }
  const { id, name } = running.agent.identity;
  logger.info({ host: id, name, stateDir, metrics: running.metricsUrl }, 'the agent runs');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  await running.stop('keep');
  logger.info({}, 'the agent has stopped; the kernel goes on forwarding');
  process.exit(0);
}

function comeFirst(logger: Logger): void {
  try {
    setPriority(NICENESS);
  } catch (error) {
    logger.warn({ err: error }, 'may not raise its own priority: first packets wait longer on a busy machine');
  }
}

/** Asks the agent that runs in a state folder. */
async function ask({ question, stateDir, port, frame }: Ask): Promise<void> {
  const socketPath = join(stateDir, SOCKET_NAME);
  const body = question === 'trace' ? JSON.stringify({ port, frame }) : undefined;
  const method = body === undefined ? 'GET' : 'POST';
  await new Promise<void>((resolve, reject) => {
    const call = request({ socketPath, path: `/${question}`, method }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => {
        const isJson = response.headers['content-type'] === 'application/json';
        process.stdout.write(isJson ? `${JSON.stringify(JSON.parse(text), undefined, 2)}\n` : text);
        if ((response.statusCode ?? 500) >= 400) process.exitCode = 1;
        resolve();
      });
    });
    call.on('error', () =>
      reject(new Error(`no agent answers at ${socketPath}: is one running with --state ${stateDir}?`)),
    );
    call.end(body);
  });
}

function fail(message: string, code: number): void {
  process.stderr.write(`midonet agent: ${message}\n`);
  process.exitCode = code;
}

main().catch((error: unknown) => {
  if (error instanceof StateDirError || error instanceof DatapathError) fail(`${error.code}: ${error.message}`, 1);
  else fail(error instanceof Error ? error.message : String(error), 1);
  process.exit();
});
