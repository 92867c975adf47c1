import { z } from 'zod';
import type { Endpoint } from '#contract/endpoint.ts';
import { ERRORS } from '#contract/errors.ts';

const schemaOf = (type: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io, unrepresentable: 'any', target: 'openapi-3.0' });
  return schema;
};

type ObjectSchema = { properties?: Record<string, unknown>; required?: string[] };

function parametersOf(type: z.ZodType | undefined, where: 'path' | 'query') {
  if (!type) return [];
  const { properties = {}, required = [] } = schemaOf(type, 'input') as ObjectSchema;
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema,
  }));
}

const SECURITY = {
  public: [],
  session: [{ session: [] }],
  owner: [{ session: [] }, { admin: [] }],
  admin: [{ admin: [] }],
} as const;

function operationOf(endpoint: Endpoint) {
  const json = (schema: unknown) => ({ 'application/json': { schema } });
  return {
    summary: endpoint.summary,
    security: SECURITY[endpoint.caller],
    parameters: [...parametersOf(endpoint.params, 'path'), ...parametersOf(endpoint.query, 'query')],
    ...(endpoint.body ? { requestBody: { required: true, content: json(schemaOf(endpoint.body, 'input')) } } : {}),
    responses: {
      200: {
        description: 'Done.',
        content: {
          ...json(schemaOf(endpoint.reply, 'output')),
          ...(endpoint.download ? { [endpoint.download]: { schema: { type: 'string' } } } : {}),
        },
      },
      default: { description: 'An error.', content: json({ $ref: '#/components/schemas/Error' }) },
    },
  };
}

/** The OpenAPI document of a table of endpoints, from the schemas that validate. */
export function openApi(table: readonly Endpoint[], server: { url: string; sessionCookie: string }) {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const endpoint of table) {
    const path = endpoint.path.replaceAll(/:([a-zA-Z]+)/g, '{$1}');
    paths[path] = { ...paths[path], [endpoint.method]: operationOf(endpoint) };
  }
  const code = { type: 'string', enum: Object.keys(ERRORS) };
  return {
    openapi: '3.0.3',
    info: { title: 'Stagedoor', version: '1', description: 'JSON in and out. Errors are {code, message, details}.' },
    servers: [{ url: server.url }],
    paths,
    components: {
      schemas: {
        Error: {
          type: 'object',
          required: ['code', 'message'],
          properties: { code, message: { type: 'string' }, details: { type: 'object' } },
        },
      },
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: server.sessionCookie },
        admin: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}
