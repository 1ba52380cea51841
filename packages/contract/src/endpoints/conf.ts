import { deleteText, getText, postText } from '../endpoint.ts';

/** Central settings of hosts, as MidoNet's `mn-conf` has them: HOCON in, JSON (which is HOCON) out. */
export const confSchemas = {
  get: getText('/conf/schemas', { summary: 'Show which central settings there are, with types and defaults' }),
} as const;

export const confNodes = {
  list: getText('/conf/nodes', { summary: 'List the hosts that have central settings of their own' }),
  get: getText('/conf/nodes/{id}', { summary: 'Show the central settings of a host alone' }),
  merge: postText('/conf/nodes/{id}', { summary: 'Set some of a host; null takes one away' }),
  remove: deleteText('/conf/nodes/{id}', { summary: 'Take away the central settings of a host alone' }),
} as const;

export const confRuntime = {
  get: getText('/conf/runtime/{id}', {
    summary: 'Show what a host is given: its own, its template, the default, the schema',
  }),
} as const;

export const confTemplates = {
  list: getText('/conf/templates', { summary: 'List the names of templates' }),
  get: getText('/conf/templates/{name}', { summary: 'Show the settings of a template' }),
  merge: postText('/conf/templates/{name}', { summary: 'Set some of a template; null takes one away' }),
  remove: deleteText('/conf/templates/{name}', { summary: 'Take away a template' }),
} as const;

export const confTemplateMappings = {
  list: getText('/conf/template-mappings', { summary: 'List the templates of hosts' }),
  get: getText('/conf/template-mappings/{id}', { summary: 'Show the template of a host' }),
  merge: postText('/conf/template-mappings/{id}', { summary: 'Give a host a template' }),
  remove: deleteText('/conf/template-mappings/{id}', { summary: 'Give a host the default template alone' }),
} as const;
