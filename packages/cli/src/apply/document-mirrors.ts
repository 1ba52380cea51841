import { MATCH_FIELDS } from '../rules/match-fields.ts';
import type { YamlPlace } from './yaml-reader.ts';

/** The tests of a condition by name, as they are written. */
export type WantedMatches = ReadonlyMap<string, string>;

export type WantedMirror = {
  readonly name: string;
  /** `device/port` */
  readonly to: string;
  /** One must hold. */
  readonly when: readonly WantedMatches[];
  /** Fails with file and line. */
  readonly fail: (message: string) => never;
};

/** Undefined leaves what is there, null takes all off. */
type Names = readonly string[] | null | undefined;

/** Mirrors by name. */
export type WantedMirrored = {
  readonly inboundMirrors: Names;
  readonly outboundMirrors: Names;
  /** Ports only. */
  readonly postInFilterMirrors?: Names;
  readonly preOutFilterMirrors?: Names;
};

/** `proto: tcp`, `untagged: true`, as many as there are. */
export function matchesAt(place: YamlPlace): WantedMatches {
  const matches = new Map<string, string>();
  for (const { name, value } of MATCH_FIELDS) {
    const at = place.field(name);
    const text = value === undefined ? (at.flag() === true ? '' : undefined) : at.textOrList();
    if (text !== undefined) matches.set(name, text);
  }
  return matches;
}

/** `{ to: watch/tap, when: [{ proto: udp, dst-port: 53 }] }`; without `when` it copies everything. */
export function mirror([name, place]: readonly [string, YamlPlace]): WantedMirror {
  const to = place.field('to').requiredText();
  const at = place.field('when');
  const when = at.isNothing
    ? [new Map<string, string>()]
    : at.items().map((one) => {
        const matches = matchesAt(one);
        one.done();
        return matches;
      });
  place.done();
  return { name, to, when, fail: (message) => place.fail(message) };
}

/** `one,two`, `none`, or a list, whose names may have commas and be `none`. */
function names(place: YamlPlace): Names {
  if (place.isList) return noneIfEmpty(place.items().map((item) => item.requiredText()));
  const text = place.text();
  if (text === undefined) return undefined;
  return text === 'none' || text === '' ? null : text.split(',').map((name) => name.trim());
}

function noneIfEmpty(all: readonly string[]): Names {
  return all.length === 0 ? null : all;
}

export function mirrored(place: YamlPlace): WantedMirrored {
  return {
    inboundMirrors: names(place.field('inboundMirrors')),
    outboundMirrors: names(place.field('outboundMirrors')),
  };
}

export function portMirrored(place: YamlPlace): WantedMirrored {
  return {
    ...mirrored(place),
    postInFilterMirrors: names(place.field('postInFilterMirrors')),
    preOutFilterMirrors: names(place.field('preOutFilterMirrors')),
  };
}
