/** What a central setting takes. The names are those that MidoNet's schemas have for them. */
export type ConfType =
  | { readonly kind: 'bool' }
  /** `pattern`: what it must look like, empty or not, and how that is said. */
  | { readonly kind: 'string'; readonly check?: TextCheck }
  | { readonly kind: 'string[]'; readonly check?: TextCheck; readonly most: number }
  | { readonly kind: 'int'; readonly min: number; readonly max: number }
  /** In milliseconds. */
  | { readonly kind: 'duration'; readonly min: number; readonly max: number }
  /** In bytes. */
  | { readonly kind: 'size'; readonly min: number; readonly max: number }
  | { readonly kind: 'enum'; readonly words: readonly string[] };

export type TextCheck = { readonly holds: (text: string) => boolean; readonly what: string };

/** A value as the program uses it: durations are milliseconds, sizes bytes, words upper case. */
export type ConfRead = boolean | number | string | readonly string[];

export type ConfReading =
  | { readonly kind: 'value'; readonly value: ConfRead }
  | { readonly kind: 'wrong'; readonly message: string };

/** `int`, `duration`, `enum[DEBUG, INFO]`. */
export function nameOfType(type: ConfType): string {
  return type.kind === 'enum' ? `enum[${type.words.join(', ')}]` : type.kind;
}

/** Reads a value as HOCON converts it: `"5"` is a number, `on` is true, `10s` a duration, `16m` a size. */
export function readConfValue(type: ConfType, value: unknown): ConfReading {
  switch (type.kind) {
    case 'bool':
      return read(asBool(value), 'must be true or false');
    case 'string':
      return readText(type.check, value);
    case 'string[]':
      return readTexts(type, value);
    case 'int':
      return readNumber(type, asNumber(value), `a whole number from ${type.min} to ${type.max}`);
    case 'duration':
      return readNumber(type, asUnits(value, DURATIONS), `a duration from ${type.min}ms to ${type.max}ms, such as 30s`);
    case 'size':
      return readNumber(type, asUnits(value, SIZES), `a size from ${type.min} to ${type.max} bytes, such as 16m`);
    case 'enum': {
      const word = type.words.find((one) => typeof value === 'string' && one === value.toUpperCase());
      return read(word, `must be one of ${type.words.join(', ')}`);
    }
  }
}

function read(value: ConfRead | undefined, otherwise: string): ConfReading {
  return value === undefined ? { kind: 'wrong', message: otherwise } : { kind: 'value', value };
}

function readText(check: TextCheck | undefined, value: unknown): ConfReading {
  const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  if (typeof text !== 'string') return { kind: 'wrong', message: 'must be text' };
  const bad = check !== undefined && !check.holds(text);
  return bad ? { kind: 'wrong', message: `must be ${check.what}` } : { kind: 'value', value: text };
}

function readTexts(type: Extract<ConfType, { readonly kind: 'string[]' }>, value: unknown): ConfReading {
  if (!Array.isArray(value)) return { kind: 'wrong', message: 'must be a list, such as ["192.0.2.53"]' };
  if (value.length > type.most) return { kind: 'wrong', message: `must have ${type.most} members at most` };
  const texts: string[] = [];
  for (const [at, one] of (value as unknown[]).entries()) {
    const text = readText(type.check, one);
    if (text.kind === 'wrong') return { kind: 'wrong', message: `its member ${at} ${text.message}` };
    texts.push(String(text.value));
  }
  return { kind: 'value', value: texts };
}

type Range = { readonly min: number; readonly max: number };

function readNumber({ min, max }: Range, number: number | undefined, what: string): ConfReading {
  const fits = number !== undefined && Number.isInteger(number) && number >= min && number <= max;
  return fits ? { kind: 'value', value: number } : { kind: 'wrong', message: `must be ${what}` };
}

function asBool(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'yes' || value === 'on') return true;
  return value === 'false' || value === 'no' || value === 'off' ? false : undefined;
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
}

/** A number without a unit is one of the smallest that a setting has: milliseconds, bytes. */
function asUnits(value: unknown, units: ReadonlyMap<string, number>): number | undefined {
  const plain = asNumber(value);
  if (plain !== undefined || typeof value !== 'string') return plain;
  const [, digits = '', unit = ''] = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*$/.exec(value) ?? [];
  const factor = units.get(unit);
  return factor === undefined ? undefined : Math.round(Number(digits) * factor);
}

const DURATIONS = new Map<string, number>(
  (
    [
      [1e-6, 'ns nano nanos nanosecond nanoseconds'],
      [1e-3, 'us micro micros microsecond microseconds'],
      [1, 'ms milli millis millisecond milliseconds'],
      [1_000, 's second seconds'],
      [60_000, 'm minute minutes'],
      [3_600_000, 'h hour hours'],
      [86_400_000, 'd day days'],
    ] as const
  ).flatMap(([factor, names]) => names.split(' ').map((name) => [name, factor] as const)),
);

const SIZES = new Map<string, number>(
  (
    [
      [1, 'B b byte bytes'],
      [1_000, 'kB kilobyte kilobytes'],
      [1_000_000, 'MB megabyte megabytes'],
      [1_000_000_000, 'GB gigabyte gigabytes'],
      [1 << 10, 'K k Ki KiB kibibyte kibibytes'],
      [1 << 20, 'M m Mi MiB mebibyte mebibytes'],
      [1 << 30, 'G g Gi GiB gibibyte gibibytes'],
    ] as const
  ).flatMap(([factor, names]) => names.split(' ').map((name) => [name, factor] as const)),
);
