import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';

export const health = {
  method: 'get',
  path: '/api/health',
  summary: 'Says that this process answers.',
  caller: 'public',
  reply: z.object({ ok: z.literal(true), version: z.string(), uptimeSeconds: z.number().int(), pid: z.number().int() }),
} as const satisfies Endpoint;

export const ready = {
  method: 'get',
  path: '/api/ready',
  summary: 'Says which parts answer. Ready means that codes and shows work.',
  caller: 'public',
  reply: z.object({ ready: z.boolean(), database: z.boolean(), redis: z.boolean(), media: z.boolean() }),
} as const satisfies Endpoint;

export const openApiDocument = {
  method: 'get',
  path: '/api/openapi.json',
  summary: 'This document.',
  caller: 'public',
  reply: z.record(z.string(), z.unknown()),
} as const satisfies Endpoint;
