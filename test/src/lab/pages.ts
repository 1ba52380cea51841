import type { Namespaces } from './namespaces.ts';
import { Daemon } from './shell.ts';

const SERVER = `
import http.server, socket, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = sys.argv[1].encode()
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args):
        pass
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6 if ':' in sys.argv[2] else socket.AF_INET
Server((sys.argv[2], int(sys.argv[3])), Page).serve_forever()
`;

/** An HTTP server in a machine whose every page is the machine's name; at `::` it answers both families. */
export function servePages(
  net: Namespaces,
  vm: string,
  at: { readonly address: string; readonly port: number },
): Daemon {
  const python = ['/usr/bin/python3', '-c', SERVER, vm, at.address, String(at.port)];
  return new Daemon(`pages ${vm}`, ['ip', 'netns', 'exec', net.name(vm), ...python]);
}
