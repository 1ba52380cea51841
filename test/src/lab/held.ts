import type { Namespaces } from './namespaces.ts';
import { Daemon, until } from './shell.ts';

/** Echoes what comes on any number of TCP connections. */
const SERVER = `
import resource, selectors, socket, sys
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
s = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family, backlog=4096)
s.setblocking(False)
poll = selectors.DefaultSelector()
poll.register(s, selectors.EVENT_READ)
print('ready', flush=True)
peers = set()
while True:
    for key, _ in poll.select():
        if key.fileobj is s:
            try:
                c, peer = s.accept()
            except OSError:
                continue
            c.setblocking(False)
            poll.register(c, selectors.EVENT_READ)
            if peer[0] not in peers:
                peers.add(peer[0])
                print('from', peer[0], flush=True)
        else:
            try:
                data = key.fileobj.recv(4096)
            except OSError:
                data = b''
            if data:
                key.fileobj.send(data)
            else:
                poll.unregister(key.fileobj)
                key.fileobj.close()
`;

/*
 * Opens connections, holds them, and in every round sends a number on each and waits for all answers:
 * what is lost is sent again by TCP, what is reset counts as dead.
 */
const CLIENT = `
import resource, selectors, socket, sys, time
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
address, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
family = socket.AF_INET6 if ':' in address else socket.AF_INET
poll = selectors.DefaultSelector()
live = {}
opening = selectors.DefaultSelector()
begun = pending = 0
while begun < count or pending:
    while begun < count and pending < 64:
        s = socket.socket(family, socket.SOCK_STREAM)
        s.setblocking(False)
        s.connect_ex((address, port))
        opening.register(s, selectors.EVENT_WRITE)
        begun += 1
        pending += 1
    for key, _ in opening.select(20):
        s = key.fileobj
        opening.unregister(s)
        pending -= 1
        error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            print('refused', error, flush=True)
            continue
        poll.register(s, selectors.EVENT_READ)
        live[s] = b''
print('open', len(live), flush=True)
number = 0
while True:
    number += 1
    word = b'%08d' % number
    waiting = set()
    for s in list(live):
        try:
            s.send(word)
            live[s] = b''
            waiting.add(s)
        except OSError as e:
            print('dead', e, flush=True)
            poll.unregister(s)
            del live[s]
    while waiting:
        for key, _ in poll.select():
            s = key.fileobj
            try:
                data = s.recv(64)
            except OSError as e:
                data = b''
                print('dead', e, flush=True)
            if not data:
                poll.unregister(s)
                waiting.discard(s)
                live.pop(s, None)
                continue
            live[s] += data
            if live[s] == word:
                waiting.discard(s)
    print('round', number, len(live), flush=True)
    time.sleep(0.1)
`;

/** A server that echoes TCP on a port of an address of a machine. */
export async function holdServer(net: Namespaces, vm: string, address: string, port = 7): Promise<Daemon> {
  const command = ['ip', 'netns', 'exec', net.name(vm), '/usr/bin/python3', '-c', SERVER, address, String(port)];
  const server = new Daemon(`hold server ${vm}`, command);
  await until('the server to listen', () => server.output.includes('ready'), { detail: () => server.output });
  return server;
}

/** Many TCP connections that talk all the time. */
export class Held {
  readonly #client: Daemon;

  private constructor(client: Daemon) {
    this.#client = client;
  }

  static async open(
    net: Namespaces,
    vm: string,
    { to, port = 7, count }: { readonly to: string; readonly port?: number; readonly count: number },
  ): Promise<Held> {
    const program = ['/usr/bin/python3', '-c', CLIENT, to, String(port), String(count)];
    const client = new Daemon(`hold ${vm}`, ['ip', 'netns', 'exec', net.name(vm), ...program]);
    await until(`${count} connections from ${vm}`, () => client.output.includes(`open ${count}\n`), {
      timeoutMs: 90_000,
      detail: () => client.output.slice(-2000),
    });
    return new Held(client);
  }

  /** Rounds in which everything that was sent came back, and how many connections there are. */
  get rounds(): { readonly done: number; readonly live: number } {
    const [, done, live] = [...this.#client.output.matchAll(/^round (\d+) (\d+)$/gm)].at(-1) ?? [];
    return { done: Number(done ?? 0), live: Number(live ?? 0) };
  }

  /** Two more whole rounds: everything sent from now on comes back. Gives how many connections are left. */
  async goesOn(detail: () => string = () => ''): Promise<number> {
    const { done } = this.rounds;
    await until('two more rounds of all connections', () => this.rounds.done >= done + 2, {
      timeoutMs: 60_000,
      detail: () => `${this.#client.output.slice(-2000)}\n${detail()}`,
    });
    return this.rounds.live;
  }

  async stop(): Promise<void> {
    await this.#client.stop('SIGKILL');
  }
}
