import { confSchema, renderConf } from '@midonet/contract';
import {
  DEFAULT_TEMPLATE,
  isTemplateName,
  parseId,
  type ConfMapping,
  type ConfTree,
  type HostId,
} from '@midonet/topology';
import { mergedSettings, readSettings, runtimeOf, writeDocument } from '../conf/central-conf.ts';
import type { Group } from '../http/handlers.ts';
import { badRequest, Refusal } from '../http/problem.ts';
import type { Services } from './services.ts';

/** Templates that there may be: each is sent to whoever follows one. */
const MOST_TEMPLATES = 256;

export function confSchemaHandlers(): Group<'confSchemas'> {
  return { get: async () => renderConf(confSchema()) };
}

export function confRuntimeHandlers(services: Services): Group<'confRuntime'> {
  return { get: async ({ params }) => renderConf(await runtimeOf(services, nodeId(params.id))) };
}

export function confNodeHandlers(services: Services): Group<'confNodes'> {
  const { reader, writer } = services;
  return {
    list: async () => renderConf({ nodes: (await reader.list('confNode')).map(({ hostId }) => hostId) }),
    get: async ({ params }) => renderConf((await reader.get('confNode', nodeId(params.id)))?.values ?? {}),
    merge: async ({ params, body, author }) => {
      const hostId = nodeId(params.id);
      const settings = readSettings(body);
      const node = await writeDocument(
        services,
        hostId,
        (values) => ({ kind: 'confNode', hostId, values: mergedSettings(settings, values) }) as const,
        author,
      );
      return renderConf(node.values);
    },
    remove: async ({ params, author }) => {
      const hostId = nodeId(params.id);
      if ((await reader.get('confNode', hostId)) !== undefined) await writer.remove('confNode', hostId, author);
      return undefined;
    },
  };
}

export function confTemplateHandlers(services: Services): Group<'confTemplates'> {
  const { reader, writer } = services;
  const names = async (): Promise<string[]> => (await reader.list('confTemplate')).map(({ name }) => name);
  return {
    list: async () => renderConf({ templates: [...new Set([DEFAULT_TEMPLATE, ...(await names())])].sort() }),
    get: async ({ params }) => {
      const found = await reader.get('confTemplate', templateName('name', params.name));
      return renderConf(found?.values ?? {});
    },
    merge: async ({ params, body, author }) => {
      const name = templateName('name', params.name);
      const settings = readSettings(body);
      const known = await names();
      if (!known.includes(name) && known.length >= MOST_TEMPLATES) {
        throw new Refusal(409, `there are ${MOST_TEMPLATES} templates, which is the most: take one away first`);
      }
      const template = await writeDocument(
        services,
        name,
        (values) => ({ kind: 'confTemplate', name, values: mergedSettings(settings, values) }) as const,
        author,
      );
      return renderConf(template.values);
    },
    remove: async ({ params, author }) => {
      const name = templateName('name', params.name);
      if ((await reader.get('confTemplate', name)) !== undefined) await writer.remove('confTemplate', name, author);
      return undefined;
    },
  };
}

export function confTemplateMappingHandlers({ reader, writer }: Services): Group<'confTemplateMappings'> {
  return {
    list: async () => {
      const all = await reader.list('confMapping');
      return renderConf(Object.fromEntries(all.map(({ hostId, template }) => [hostId, template])));
    },
    get: async ({ params }) => {
      const hostId = nodeId(params.id);
      const mapping = await reader.get('confMapping', hostId);
      return renderConf({ [hostId]: mapping?.template ?? DEFAULT_TEMPLATE });
    },
    merge: async ({ params, body, author }) => {
      const hostId = nodeId(params.id);
      const template = templateName(hostId, lowerNames(readSettings(body))[hostId] ?? '');
      const mapping: ConfMapping = { kind: 'confMapping', hostId, template };
      const make = async (): Promise<ConfMapping> => {
        if ((await reader.get('confMapping', hostId)) === undefined) return writer.create(mapping, author);
        return writer.update('confMapping', hostId, () => mapping, author);
      };
      await make();
      return renderConf({ [hostId]: template });
    },
    remove: async ({ params, author }) => {
      const hostId = nodeId(params.id);
      if ((await reader.get('confMapping', hostId)) !== undefined) await writer.remove('confMapping', hostId, author);
      return undefined;
    },
  };
}

/** Settings may come before their host. */
function nodeId(text: string): HostId {
  const id = parseId<HostId>(text);
  if (id === undefined) throw badRequest([{ property: 'id', message: `"${text.slice(0, 64)}" is not a UUID` }]);
  return id;
}

function templateName(property: string, text: string): string {
  if (isTemplateName(text)) return text;
  const message = 'must be the name of a template: up to 64 letters, digits, "_", "." and "-"';
  throw badRequest([{ property, message }]);
}

function lowerNames(tree: ConfTree): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]) => (typeof value === 'string' ? [[name.toLowerCase(), value]] : [])),
  );
}
