import type { Copies, CopyLoss, PacketReader } from '@midonet/flow';
import { Outputs } from '../outputs.ts';

/** The copies that mirrors take of one packet on its way, each as the packet stood there. */
export class CopyList {
  readonly #asItCame = new Outputs();
  readonly #translated = new Outputs();
  readonly #sent: { readonly mirrorId: string; readonly portId: string }[] = [];
  readonly #lost: { readonly mirrorId: string; readonly why: CopyLoss }[] = [];

  /** `isTranslated`: what the packet quotes, as an ICMP error, is not as it came in any more. */
  add(mirrorId: string, portId: string, packet: PacketReader, isTranslated: boolean): void {
    (isTranslated ? this.#translated : this.#asItCame).add([portId], packet);
    if (!this.#sent.some((one) => one.mirrorId === mirrorId && one.portId === portId)) {
      this.#sent.push({ mirrorId, portId });
    }
  }

  lose(mirrorId: string, why: CopyLoss): void {
    if (!this.#lost.some((one) => one.mirrorId === mirrorId)) this.#lost.push({ mirrorId, why });
  }

  result(): Copies {
    return {
      actions: this.#asItCame.cloned(),
      ofFrame: this.#translated.cloned(),
      sent: this.#sent,
      lost: this.#lost,
    };
  }
}
