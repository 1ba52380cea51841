import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import {
  apiTokenDto,
  apiTokenInput,
  newApiTokenDto,
  tenantInput,
  tenantUpdate,
  userDto,
  userInput,
  userUpdate,
  whoamiDto,
} from '../resources/access.ts';
import { auditRecord } from '../resources/audit.ts';
import {
  credentialDto,
  enrolInput,
  enrolmentDto,
  enrolmentInput,
  hostCredentialDto,
  newEnrolmentDto,
} from '../resources/enrolment.ts';
import { quotaDto, quotaInput } from '../resources/quota.ts';
import { loginInput, tenantDto, tokenDto } from '../resources/service.ts';

const TENANT = ['Tenant', 2] as const;

export const tenants = {
  list: listEndpoint('/tenants', { summary: 'List tenants', media: TENANT, response: tenantDto }),
  create: postEndpoint('/tenants', {
    summary: 'Create a tenant',
    media: TENANT,
    request: tenantInput,
    response: tenantDto,
  }),
  get: getEndpoint('/tenants/{id}', { summary: 'Show a tenant', media: TENANT, response: tenantDto }),
  update: putEndpoint('/tenants/{id}', {
    summary: 'Change a tenant; disabled, its users cannot come in',
    media: TENANT,
    request: tenantUpdate,
    response: tenantDto,
  }),
  remove: deleteEndpoint('/tenants/{id}', { summary: 'Delete a tenant that owns nothing', media: TENANT }),
} as const;

export const login = {
  create: postEndpoint('/login', {
    summary: 'Trade user and password (Basic) for a session; the token comes as cookie sessionId',
    media: ['Token', 1],
    request: loginInput,
    response: tokenDto,
    permission: 'none',
  }),
  remove: deleteEndpoint('/login', { summary: 'End the session that this request shows', permission: 'authenticated' }),
} as const;

export const whoami = {
  get: getEndpoint('/whoami', {
    summary: 'Who the caller is and what they may do',
    response: whoamiDto,
    permission: 'authenticated',
  }),
} as const;

export const users = {
  list: listEndpoint('/users', { summary: 'List users', response: userDto, query: ['tenant_id'] }),
  create: postEndpoint('/users', { summary: 'Create a user', request: userInput, response: userDto }),
  get: getEndpoint('/users/{name}', { summary: 'Show a user', response: userDto }),
  update: putEndpoint('/users/{name}', {
    summary: "Change a user's password, role or state",
    request: userUpdate,
    response: userDto,
  }),
  remove: deleteEndpoint('/users/{name}', { summary: 'Delete a user with their tokens' }),
} as const;

export const apiTokens = {
  list: listEndpoint('/tokens', { summary: 'List API tokens', response: apiTokenDto, query: ['user'] }),
  create: postEndpoint('/tokens', {
    summary: 'Create an API token; it is shown this once',
    request: apiTokenInput,
    response: newApiTokenDto,
  }),
  get: getEndpoint('/tokens/{id}', { summary: 'Show an API token', response: apiTokenDto }),
  remove: deleteEndpoint('/tokens/{id}', { summary: 'Delete an API token; it ends at once' }),
} as const;

export const quotas = {
  list: listEndpoint('/quotas', { summary: 'List quotas that were set', response: quotaDto }),
  get: getEndpoint('/quotas/{tenantId}', { summary: "Show a tenant's quota and use", response: quotaDto }),
  update: putEndpoint('/quotas/{tenantId}', {
    summary: "Set a tenant's quota, or that of all others as tenant default",
    request: quotaInput,
    response: quotaDto,
  }),
  remove: deleteEndpoint('/quotas/{tenantId}', { summary: 'Let a tenant have the default quota again' }),
} as const;

export const audit = {
  list: listEndpoint('/audit', {
    summary: 'Who changed what, newest last; before=ID goes further back',
    response: auditRecord,
    query: ['since', 'user', 'object', 'limit', 'before'],
  }),
} as const;

export const enrolments = {
  list: listEndpoint('/enrolments', { summary: 'List enrolment tokens not used yet', response: enrolmentDto }),
  create: postEndpoint('/enrolments', {
    summary: 'Make a token with which one agent becomes a host, once',
    request: enrolmentInput,
    response: newEnrolmentDto,
  }),
  remove: deleteEndpoint('/enrolments/{id}', { summary: 'Take an enrolment token back' }),
} as const;

export const enrol = {
  create: postEndpoint('/enrol', {
    summary: "Trade an enrolment token for a host's own credential",
    request: enrolInput,
    response: credentialDto,
    permission: 'none',
  }),
} as const;

export const hostCredentials = {
  list: listEndpoint('/host_credentials', {
    summary: 'List hosts that have a credential of their own',
    response: hostCredentialDto,
  }),
  remove: deleteEndpoint('/hosts/{id}/credential', {
    summary: "Revoke a host's credential; its agent is cut off at once",
  }),
} as const;
