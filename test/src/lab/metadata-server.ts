import type { Namespaces } from './namespaces.ts';
import { Daemon } from './shell.ts';

/** As Nova's metadata service checks what a proxy sends; answers with what it was told, and longer things. */
const SERVER = `
import hashlib, hmac, http.server, json, sys
secret, address, port = sys.argv[1].encode(), sys.argv[2], int(sys.argv[3])
class Metadata(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def answer(self):
        body = self.rfile.read(int(self.headers.get('content-length', 0)))
        instance = self.headers.get('x-instance-id', '')
        signature = hmac.new(secret, instance.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature, self.headers.get('x-instance-id-signature', '')):
            status, text = 403, 'wrong signature'
        elif self.path == '/long':
            status, text = 200, 'x' * 300000
        else:
            status, text = 200, json.dumps({
                'instance': instance,
                'tenant': self.headers.get('x-tenant-id'),
                'from': self.headers.get('x-forwarded-for'),
                'path': self.path,
                'body': len(body),
                'headers': sorted(name.lower() for name in self.headers),
            })
        data = text.encode()
        self.send_response(status)
        self.send_header('content-length', str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    do_GET = do_POST = do_PUT = answer
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer((address, port), Metadata)
print('ready', flush=True)
server.serve_forever()
`;

export function serveMetadata(
  net: Namespaces,
  place: string,
  at: { readonly secret: string; readonly address: string; readonly port: number },
): Daemon {
  const python = ['/usr/bin/python3', '-c', SERVER, at.secret, at.address, String(at.port)];
  return new Daemon('metadata service', ['ip', 'netns', 'exec', net.name(place), ...python]);
}
