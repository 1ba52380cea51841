import type { Connections, ConnectionsEvents } from '../connections/connections.ts';
import { Templates, type TemplatesModules } from './templates.ts';

type Parts = Pick<TemplatesModules, 'clock' | 'datapath' | 'flows' | 'knowledge'> & {
  readonly connections: () => Connections;
  readonly wall: number;
};

/** Templates and connections need each other: what connections tell templates. */
export type TemplateNews = Pick<
  ConnectionsEvents,
  'onClass' | 'classes' | 'onMapped' | 'onShared' | 'onBlockLost' | 'onTellAll' | 'onAudience'
>;

export function templateNews(templates: () => Templates): TemplateNews {
  return {
    onClass: (number, members, host) => templates().hear({ host, number }, members),
    classes: () => templates().classes(),
    onMapped: (...endpoint) => templates().sources.mapped(...endpoint),
    onShared: (...port) => templates().sources.shared(...port),
    onBlockLost: (device, address) => templates().blockLost(device, address),
    onTellAll: (host) => templates().forgotten(host),
    onAudience: () => templates().dropOpening(),
  };
}

export function makeTemplates({ connections, wall, ...modules }: Parts): Templates {
  return new Templates(
    {
      ...modules,
      audience: (connection) => connections().audience(connection),
      peers: () => connections().peers,
      allocator: () => connections().allocator,
    },
    {
      onOpened: (opened, tcpFlags) => connections().began(opened, tcpFlags),
      onHeard: (heard, host, tcpFlags) => connections().beganAt(heard, host, tcpFlags),
      onClass: (one) => connections().journal.class(one),
      onDrained: () => connections().flush(),
    },
    wall,
  );
}
