import type { Namespaces } from './namespaces.ts';
import { Daemon, type Ran } from './shell.ts';

/** Answers every question with 192.0.2.7, for names that begin with "long" a hundred times, by UDP and TCP. */
const SERVER = `
import socketserver, struct, sys, threading
address, port = sys.argv[1], int(sys.argv[2])
def answer(query):
    end = 12
    while query[end]:
        end += 1 + query[end]
    question = query[12:end + 5]
    count = 100 if question[1:5] == b'long' else 1
    record = b'\\xc0\\x0c' + struct.pack('>HHIH', 1, 1, 60, 4) + bytes([192, 0, 2, 7])
    return query[:2] + struct.pack('>HHHHH', 0x8180, 1, count, 0, 0) + question + record * count
class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        print('udp', self.client_address[1], data[:2].hex(), flush=True)
        sock.sendto(answer(data), self.client_address)
class Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        size = self.rfile.read(2)
        if len(size) == 2:
            data = answer(self.rfile.read(struct.unpack('>H', size)[0]))
            self.wfile.write(struct.pack('>H', len(data)) + data)
socketserver.TCPServer.allow_reuse_address = True
tcp = socketserver.ThreadingTCPServer((address, port), Tcp)
threading.Thread(target=tcp.serve_forever, daemon=True).start()
udp = socketserver.ThreadingUDPServer((address, port), Udp)
print('ready', flush=True)
udp.serve_forever()
`;

/** Asks as a stub resolver does: by UDP, and again by TCP what was cut off. Prints the way and the answers. */
const CLIENT = `
import socket, struct, sys
server, name = sys.argv[1], sys.argv[2]
family = socket.AF_INET6 if ':' in server else socket.AF_INET
labels = b''.join(bytes([len(part)]) + part.encode() for part in name.split('.')) + b'\\0'
query = struct.pack('>HHHHHH', 0x1234, 0x0100, 1, 0, 0, 0) + labels + struct.pack('>HH', 1, 1)
def by_udp():
    for attempt in range(5):
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.settimeout(5)
        s.connect((server, 53))
        s.send(query)
        try:
            return s.recv(65535)
        except socket.timeout:
            pass
    raise SystemExit('no answer')
def by_tcp():
    s = socket.create_connection((server, 53), 20)
    s.sendall(struct.pack('>H', len(query)) + query)
    data = b''
    while len(data) < 2 or len(data) < 2 + struct.unpack('>H', data[:2])[0]:
        more = s.recv(65535)
        if not more:
            raise SystemExit('cut off')
        data += more
    return data[2:]
way, data = 'udp', by_udp()
if data[2] & 2:
    way, data = 'tcp', by_tcp()
assert data[:2] == query[:2], 'another id'
print(way, data[3] & 15, struct.unpack('>H', data[6:8])[0], flush=True)
`;

export function serveNames(
  net: Namespaces,
  place: string,
  at: { readonly address: string; readonly port: number },
): Daemon {
  const python = ['/usr/bin/python3', '-c', SERVER, at.address, String(at.port)];
  return new Daemon('resolver', ['ip', 'netns', 'exec', net.name(place), ...python]);
}

/** What a machine is told of a name: `udp 0 1` is the way, the code (0: no error) and the number of answers. */
export function askName(net: Namespaces, vm: string, server: string, name: string): Ran {
  return net.exec(vm, ['/usr/bin/python3', '-c', CLIENT, server, name], { timeoutMs: 60_000 });
}
