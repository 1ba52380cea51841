import {
  chmodSync,
  cpSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { bundlePrograms } from './bundle.ts';
import { CONFFILES, debianControl, LAUNCHER } from './debian-control.ts';

/** Fills `stage` with the tree of the package, DEBIAN and all. */
export async function stagePackage(root: string, stage: string, version: string): Promise<void> {
  const lib = join(stage, 'usr/lib/midonet');
  const put = (from: string, to: string, mode = 0o644): void => {
    mkdirSync(dirname(join(stage, to)), { recursive: true, mode: 0o755 });
    copyFileSync(join(root, from), join(stage, to));
    chmodSync(join(stage, to), mode);
  };
  const write = (to: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(join(stage, to)), { recursive: true, mode: 0o755 });
    writeFileSync(join(stage, to), text);
    chmodSync(join(stage, to), mode);
  };
  await bundlePrograms(root, lib);
  write('usr/lib/midonet/package.json', '{ "type": "module" }\n');
  put('node_modules/node/bin/node', 'usr/lib/midonet/node', 0o755);
  // Each is found beside the program that reads it.
  put('packages/store/src/drivers/etcd/rpc/etcd.proto', 'usr/lib/midonet/etcd.proto');
  put('packages/cli/src/namespaces/dhclient-script.sh', 'usr/lib/midonet/dhclient-script.sh', 0o755);
  for (const file of readdirSync(join(root, 'packages/datapath/dist/bpf'))) {
    put(`packages/datapath/dist/bpf/${file}`, `usr/lib/midonet/bpf/${file}`);
  }
  copyKoffi(root, lib);
  write('usr/bin/midonet', LAUNCHER, 0o755);
  for (const unit of ['midonet-controller.service', 'midonet-agent.service']) {
    put(`deploy/systemd/${unit}`, `usr/lib/systemd/system/${unit}`);
  }
  for (const daemon of ['controller', 'agent']) put(`deploy/debian/${daemon}.conf`, `etc/midonet/${daemon}.conf`);
  put('deploy/grafana/midonet.json', 'usr/share/midonet/grafana/midonet.json');
  put('deploy/prometheus/alerts.yml', 'usr/share/midonet/prometheus/alerts.yml');
  put('deploy/prometheus/prometheus.yml', 'usr/share/midonet/prometheus/prometheus.yml');
  put('LICENSE', 'usr/share/doc/midonet/copyright');
  put('CHANGELOG.md', 'usr/share/doc/midonet/CHANGELOG.md');
  for (const script of ['postinst', 'prerm', 'postrm']) put(`deploy/debian/${script}`, `DEBIAN/${script}`, 0o755);
  write('DEBIAN/conffiles', CONFFILES);
  write('DEBIAN/control', debianControl(version, Math.ceil(sizeOf(stage) / 1024)));
}

/** Native: its loader and the library of this machine alone. */
function copyKoffi(root: string, lib: string): void {
  for (const name of ['koffi', '@koromix/koffi-linux-x64']) {
    const from = join(root, 'node_modules', name);
    if (!existsSync(from)) throw new Error(`node_modules/${name} is missing; run: npm ci`);
    const skipped = ['vendor', 'doc'].map((folder) => join(from, folder));
    cpSync(from, join(lib, 'node_modules', name), {
      recursive: true,
      filter: (path) => !skipped.includes(path),
    });
  }
}

function sizeOf(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.size;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
}

export function versionOf(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }; // our own file
  return version;
}
