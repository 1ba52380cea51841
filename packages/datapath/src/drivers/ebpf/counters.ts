import { mapLookup } from '../../kernel/bpf.ts';
import { allocate } from '../../kernel/libc.ts';
import { DATAPATH_DROPS, type DatapathCounters, type DatapathDrop } from '../../datapath.ts';
import type { KernelObjects } from './objects.ts';
import { possibleCpus } from './port-table.ts';

/** Behind the drops, in the order of flow.h. */
const AFTER = ['hits', 'misses', 'upcalls'] as const;

/** The programs' per-CPU counters. */
export class Counters {
  readonly #fd: number;
  readonly #cpus = possibleCpus();
  readonly #key = allocate(4);
  readonly #value = allocate(8 * this.#cpus);

  constructor(objects: KernelObjects) {
    this.#fd = objects.map('counters');
  }

  read(): Pick<DatapathCounters, 'hits' | 'misses' | 'upcalls' | 'drops'> {
    const drops = {} as Record<DatapathDrop, number>;
    for (const [index, name] of DATAPATH_DROPS.entries()) drops[name] = this.#sum(index);
    const [hits, misses, upcalls] = AFTER.map((_, i) => this.#sum(DATAPATH_DROPS.length + i));
    return { drops, hits: hits ?? 0, misses: misses ?? 0, upcalls: upcalls ?? 0 };
  }

  #sum(index: number): number {
    this.#key.view.setUint32(0, index, true);
    if (mapLookup(this.#fd, this.#key.address, this.#value.address) < 0) return 0;
    let sum = 0;
    for (let cpu = 0; cpu < this.#cpus; cpu++) sum += Number(this.#value.view.getBigUint64(cpu * 8, true));
    return sum;
  }
}
