import type { z } from 'zod';

/** Who may call: `public`; `viewer` (device cookie); `session` (signed in); `owner` of the channel; `admin`. */
type Caller = 'public' | 'session' | 'owner' | 'admin';

/** One route, declared once: it validates, types the web client and becomes OpenAPI. */
export type Endpoint = {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Express path, with `:name` parameters. */
  readonly path: string;
  readonly summary: string;
  readonly caller: Caller;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly reply: z.ZodType;
  /** What it may answer instead, as a file to keep. */
  readonly download?: 'text/csv';
};

export type ParamsOf<E extends Endpoint> = E['params'] extends z.ZodType ? z.infer<E['params']> : undefined;
export type QueryOf<E extends Endpoint> = E['query'] extends z.ZodType ? z.infer<E['query']> : undefined;
export type BodyOf<E extends Endpoint> = E['body'] extends z.ZodType ? z.infer<E['body']> : undefined;
export type ReplyOf<E extends Endpoint> = z.infer<E['reply']>;
