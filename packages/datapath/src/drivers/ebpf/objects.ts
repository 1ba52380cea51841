import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { getPinned, mapLookup, mapUpdate, pinObject } from '../../kernel/bpf.ts';
import { allocate, libc, mapMemory, unmapMemory, type Memory } from '../../kernel/libc.ts';
import { DatapathError } from '../../datapath.ts';
import { structOf, type Artefact } from './artefact.ts';
import { COPIED, copyMaps } from './map-copy.ts';
import { loadArtefact, type Loaded } from './loader.ts';
import type { EbpfSettings } from './options.ts';

const PAGE = 4096;
export const MAX_PORTS = 4096;
export const MAX_MASKS = 32;
export const GROUPS = 2048;
export const SLOTS = 64;
export const MAX_TEMPLATES = 4096;
export const MAX_SOURCES = 64;
export const MAX_CHOICES = 16;

/** Maps that are arrays shared by mmap. */
export type SharedMap =
  | 'masks'
  | 'groups'
  | 'stats'
  | 'ports'
  | 'config'
  | 'slots'
  | 'templates'
  | 'free_slots'
  | 'sources'
  | 'choices';
export type MapName =
  | SharedMap
  | 'flows'
  | 'ifindexes'
  | 'peers'
  | 'port_stats'
  | 'counters'
  | 'upcalls'
  | 'answers'
  | 'opened'
  | 'near_peers'
  | 'routes_of';
export type ProgramName =
  | 'port_ingress'
  | 'underlay_ingress'
  | 'vxlan_ingress'
  | 'inject_egress'
  | 'inject_ingress'
  | 'parse_only';

/** Where a set of kernel objects came from. */
export type Origin =
  | 'new'
  /** Everything was pinned by an earlier process of the same build. */
  | 'adopted'
  /** The programs are new, the contents of the maps the earlier ones'. Links must be switched. */
  | 'upgraded';

/** The maps and programs of one datapath, open and mapped, and their pins. */
export class KernelObjects {
  readonly artefact: Artefact;
  readonly origin: Origin;
  readonly links: string;
  /** Where programs are pinned, for tc, which takes them by path. */
  readonly programs: string;
  /** The ring of what began under the earlier programs, after an upgrade: some of it may not have been read. */
  readonly earlierOpened: number | undefined;
  readonly #loaded: Loaded;
  readonly #shared = new Map<SharedMap, Memory>();

  constructor(artefact: Artefact, directory: string, settings: EbpfSettings) {
    this.artefact = artefact;
    this.links = join(directory, 'links');
    this.programs = join(directory, 'programs');
    const maps = join(directory, 'maps');
    for (const path of [this.links, this.programs, maps]) mkdirSync(path, { recursive: true, mode: 0o700 });
    const pinned = openPinned(artefact, maps, this.programs);
    const hashes = pinned === undefined ? undefined : readHashes(artefact, pinned);
    const entries = { flows: settings.capacity, stats: settings.capacity, upcalls: settings.ringBytes };
    const complete = pinned?.maps.size === artefact.maps.length && pinned.programs.size === artefact.programs.length;
    if (complete && hashes?.layout === artefact.layoutHash && hashes.program === artefact.programHash) {
      this.origin = 'adopted';
      this.#loaded = pinned;
    } else {
      this.#loaded = loadArtefact(artefact, entries);
      if (pinned !== undefined && hashes?.layout === artefact.layoutHash) {
        this.origin = 'upgraded';
        copyMaps(artefact, pinned.maps, this.#loaded.maps);
        this.earlierOpened = pinned.maps.get('opened');
      } else {
        this.origin = 'new';
        for (const name of readdirSync(this.links)) rmSync(join(this.links, name));
      }
      if (pinned !== undefined) closeAll(pinned, this.earlierOpened);
      writeHashes(artefact, this.#loaded);
      pin(this.#loaded.maps, maps);
      pin(this.#loaded.programs, this.programs);
    }
    this.capacity = mapEntries(this.map('flows'));
  }

  /** Size of the flow table: what it was made with, which an adopted one keeps. */
  readonly capacity: number;

  map(name: MapName): number {
    const fd = this.#loaded.maps.get(name);
    if (fd === undefined) throw new DatapathError('io', `the built eBPF programs have no map ${name}: build again`);
    return fd;
  }

  program(name: ProgramName): number {
    const fd = this.#loaded.programs.get(name);
    if (fd === undefined) throw new DatapathError('io', `the built eBPF programs have no program ${name}: build again`);
    return fd;
  }

  programPin(name: ProgramName): string {
    return join(this.programs, name);
  }

  /** An array map's memory: entry i begins at i times the struct's size. */
  shared(name: SharedMap): Memory {
    let memory = this.#shared.get(name);
    if (memory === undefined) {
      memory = mapShared(this.artefact, this.map(name), name);
      this.#shared.set(name, memory);
    }
    return memory;
  }

  close(): void {
    for (const memory of this.#shared.values()) unmapMemory(memory);
    this.#shared.clear();
    closeAll(this.#loaded);
    if (this.earlierOpened !== undefined) libc.close(this.earlierOpened);
  }
}

const STRUCT: Record<SharedMap, string> = {
  masks: 'mask',
  groups: 'group',
  stats: 'flow_stats',
  ports: 'port',
  config: 'config',
  slots: 'slot',
  templates: 'template',
  free_slots: 'stock',
  sources: 'source',
  choices: 'choices',
};

export function mapShared(artefact: Artefact, fd: number, name: SharedMap): Memory {
  const length = structOf(artefact, STRUCT[name], []).size * mapEntries(fd);
  return mapMemory(fd, { length: Math.ceil(length / PAGE) * PAGE, offset: 0, writable: true });
}

/** max_entries, from /proc (one struct layout less to know). */
export function mapEntries(fd: number): number {
  const info = process.getBuiltinModule('node:fs').readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  return Number(/^max_entries:\s*(\d+)/m.exec(info)?.[1] ?? 0);
}

/** What is pinned of these; undefined when a map that new programs go on with is not. They may have maps of their own. */
function openPinned(artefact: Artefact, maps: string, programs: string): Loaded | undefined {
  const open = (names: readonly string[], directory: string): Map<string, number> => {
    const found = new Map<string, number>();
    for (const name of names) {
      const fd = existsSync(join(directory, name)) ? getPinned(join(directory, name)) : undefined;
      if (fd !== undefined) found.set(name, fd);
    }
    return found;
  };
  const pinned = { maps: open(artefact.maps, maps), programs: open(artefact.programs, programs) };
  if (COPIED.every((name) => pinned.maps.has(name))) return pinned;
  closeAll(pinned);
  return undefined;
}

function readHashes(artefact: Artefact, loaded: Loaded): { layout: string; program: string } | undefined {
  const at = structOf(artefact, 'config', ['layout_hash', 'program_hash']);
  const key = allocate(4);
  const value = allocate(at.size);
  // A config of another size would be written past the end of `value`.
  const fd = loaded.maps.get('config') ?? -1;
  const info = process.getBuiltinModule('node:fs').readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8');
  if (Number(/^value_size:\s*(\d+)/m.exec(info)?.[1]) !== at.size) return undefined;
  if (mapLookup(fd, key.address, value.address) < 0) return undefined;
  const hex = (offset: number): string => Buffer.from(value.bytes.slice(offset, offset + 16)).toString('hex');
  return { layout: hex(at.layout_hash), program: hex(at.program_hash) };
}

function writeHashes(artefact: Artefact, loaded: Loaded): void {
  const at = structOf(artefact, 'config', ['layout_hash', 'program_hash']);
  const key = allocate(4);
  const value = allocate(at.size);
  const fd = loaded.maps.get('config') ?? -1;
  mapLookup(fd, key.address, value.address);
  value.bytes.set(Buffer.from(artefact.layoutHash, 'hex'), at.layout_hash);
  value.bytes.set(Buffer.from(artefact.programHash, 'hex'), at.program_hash);
  mapUpdate(fd, key.address, value.address);
}

function pin(objects: ReadonlyMap<string, number>, directory: string): void {
  for (const name of readdirSync(directory)) rmSync(join(directory, name));
  for (const [name, fd] of objects) pinObject(fd, join(directory, name));
}

function closeAll(loaded: Loaded, but?: number): void {
  for (const fd of [...loaded.maps.values(), ...loaded.programs.values()]) if (fd !== but) libc.close(fd);
}
