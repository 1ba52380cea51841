import { escapeHtml } from './html.ts';

type Json = Readonly<Record<string, unknown>>;

export type Described = {
  readonly path: string;
  readonly method: string;
  readonly described: Json;
  readonly components: Json;
};

/** One operation: closed, what it does; open, all that goes in and comes out. */
export function operationHtml({ path, method, described, components }: Described): string {
  const parameters = listOf(described['parameters']).map((one) => resolve(one, components));
  const body = contentOf(described['requestBody']);
  const responses = Object.entries(objectOf(described['responses']));
  const answer = contentOf(responses.map(([, one]) => objectOf(one)).find((one) => 'content' in one));
  return `<details id="${textOf(described['operationId'])}"><summary><span class=m>${method.toUpperCase()}</span><code>
${escapeHtml(path)}</code> ${textOf(described['summary'])}</summary><div>
${tableOf('Parameters', parameters.map(parameterRow))}
${body === undefined ? '' : tableOf('Body', memberRows(body.schema)) + typesOf(body.types)}
${answer === undefined ? '' : tableOf('Answer', memberRows(answer.schema)) + typesOf(answer.types)}
${tableOf(
  'Statuses',
  responses.map(([status, one]) => [status, textOf(resolve(objectOf(one), components)['description'])]),
)}
</div></details>`;
}

function parameterRow(parameter: Json): string[] {
  const needed = parameter['required'] === true ? 'required' : '';
  return [
    `<code>${textOf(parameter['name'])}</code>`,
    `${textOf(parameter['in'])} ${needed}`,
    textOf(parameter['description']),
  ];
}

/** The members of an object, or of what a list has. */
function memberRows(schema: Json): string[][] {
  const [first] = listOf(schema['anyOf'] ?? schema['oneOf']);
  const object = first ?? schema;
  if (object['type'] === 'array') return memberRows(objectOf(object['items']));
  const required = new Set(Array.isArray(object['required']) ? object['required'] : []);
  return Object.entries(objectOf(object['properties'])).map(([name, member]) => [
    `<code>${escapeHtml(name)}</code>`,
    `${escapeHtml(typeOf(objectOf(member)))}${required.has(name) ? '' : ' <span class=t>optional</span>'}`,
  ]);
}

function typeOf(schema: Json): string {
  const any = listOf(schema['anyOf'] ?? schema['oneOf']);
  if (any.length > 0) return [...new Set(any.map(typeOf))].join(' | ');
  if (Array.isArray(schema['enum'])) return schema['enum'].map((one) => JSON.stringify(one)).join(' | ');
  if ('const' in schema) return JSON.stringify(schema['const']);
  const bounds = (['format', 'minimum', 'maximum', 'minLength', 'maxLength', 'maxItems'] as const)
    .filter((name) => schema[name] !== undefined && Math.abs(Number(schema[name])) !== Number.MAX_SAFE_INTEGER)
    .map((name) => `${name} ${JSON.stringify(schema[name])}`);
  const type = schema['type'] === 'array' ? `list of ${typeOf(objectOf(schema['items']))}` : schema['type'];
  const base = typeof type === 'string' ? type : Array.isArray(type) ? type.join(' | ') : 'anything';
  return bounds.length === 0 ? base : `${base} (${bounds.join(', ')})`;
}

function tableOf(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return '';
  const lines = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`);
  return `<h3>${title}</h3><table>${lines.join('')}</table>`;
}

function typesOf(types: readonly string[]): string {
  return `<div class=t>${types.map(escapeHtml).join('<br>')}</div>`;
}

function contentOf(value: unknown): { readonly schema: Json; readonly types: readonly string[] } | undefined {
  const content = objectOf(objectOf(value)['content']);
  const types = Object.keys(content);
  const [first] = types;
  return first === undefined ? undefined : { schema: objectOf(objectOf(content[first])['schema']), types };
}

/** What a `$ref` refers to. */
function resolve(value: Json, components: Json): Json {
  const { $ref } = value;
  if (typeof $ref !== 'string') return value;
  return $ref
    .split('/')
    .slice(2)
    .reduce<Json>((at, name) => objectOf(at[name]), components);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? escapeHtml(value) : '';
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function listOf(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}
