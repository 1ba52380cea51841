import type { DatapathEvents, Opened } from '@midonet/datapath';

/** The datapath is opened before there is anybody to tell; nothing happens until there is. */
export class EventRelay implements DatapathEvents {
  target: DatapathEvents | undefined;

  onUpcalls(batch: Parameters<DatapathEvents['onUpcalls']>[0]): void {
    this.target?.onUpcalls(batch);
  }

  onFlowsGone(flows: Parameters<DatapathEvents['onFlowsGone']>[0]): void {
    this.target?.onFlowsGone(flows);
  }

  onFlowsClosing(flows: Parameters<DatapathEvents['onFlowsClosing']>[0]): void {
    this.target?.onFlowsClosing(flows);
  }

  onOpened(opened: readonly Opened[]): void {
    this.target?.onOpened?.(opened);
  }

  onPortChange(port: Parameters<DatapathEvents['onPortChange']>[0]): void {
    this.target?.onPortChange(port);
  }
}
