/** Binds the one table of endpoints to its handlers: validates, knows the caller, answers errors as codes. */
import type { Express, NextFunction, Request, Response } from 'express';
import type { z } from 'zod';
import type { BodyOf, Endpoint, ParamsOf, QueryOf, ReplyOf } from '#contract/endpoint.ts';
import { AppError } from '#contract/errors.ts';
import { clientAddress } from './address.ts';
import { type Download, isDownload, sendDownload } from './download.ts';

export type Caller =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'user'; readonly userId: string; readonly email: string; readonly name: string }
  | { readonly kind: 'admin' };

/** A channel as the ownership check needs it. */
export type OwnedChannel = { readonly id: number; readonly slug: string; readonly ownerId: string };

export type Call<E extends Endpoint> = {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly address: string;
  readonly request: Request;
  readonly response: Response;
  /** Who calls; reads the session at its first use. */
  caller(): Promise<Caller>;
};
export type OwnerCall<E extends Endpoint, C extends OwnedChannel> = Call<E> & {
  readonly channel: C;
  /** For the audit: `usr_…` or `admin`. */
  readonly actor: string;
};

export type Binding = {
  readonly endpoint: Endpoint;
  handle(call: Call<Endpoint>): Promise<unknown>;
};

/** What a handler may answer: the reply, or the file that its endpoint offers. */
type AnswerOf<E extends Endpoint> = ReplyOf<E> | (E extends { readonly download: string } ? Download : never);

/** Binds an endpoint that needs no channel of the caller's own. */
export function bind<E extends Endpoint>(endpoint: E, handle: (call: Call<E>) => Promise<ReplyOf<E>>): Binding {
  if (endpoint.caller === 'owner') throw new Error(`${endpoint.path} needs bindOwner`);
  return { endpoint, handle: (call) => handle(call as Call<E>) };
}

export type User = Extract<Caller, { kind: 'user' }>;

/** Binds an endpoint of the table's `session` callers: the handler is given who it is. */
export function bindUser<E extends Endpoint>(
  endpoint: E,
  handle: (call: Call<E> & { readonly user: User }) => Promise<ReplyOf<E>>,
): Binding {
  if (endpoint.caller !== 'session') throw new Error(`${endpoint.path} is not for everybody who is signed in`);
  return {
    endpoint,
    async handle(plain) {
      const call = plain as Call<E>;
      const user = await call.caller();
      if (user.kind !== 'user') throw new AppError('auth.forbidden');
      return handle({ ...call, user });
    },
  };
}

/**
 * Binds an endpoint for a channel's owner or the admin. `locate` finds the channel that the request is
 * about and throws the fitting not-found error; only then is the caller compared with its owner.
 */
export function bindOwner<E extends Endpoint, C extends OwnedChannel>(
  endpoint: E,
  locate: (call: Call<E>, caller: Caller) => Promise<C>,
  handle: (call: OwnerCall<E, C>) => Promise<AnswerOf<E>>,
): Binding {
  return {
    endpoint,
    async handle(plain) {
      const call = plain as Call<E>;
      const caller = await call.caller();
      const channel = await locate(call, caller);
      if (caller.kind === 'user' && channel.ownerId !== caller.userId) throw new AppError('auth.forbidden');
      const actor = caller.kind === 'user' ? caller.userId : 'admin';
      return handle({ ...call, channel, actor });
    },
  };
}

/** The first problem of a request as a field's name and a sentence; never the value that was sent. */
export function invalid(error: z.ZodError): AppError {
  const issue = error.issues[0];
  const path = (issue?.path ?? []).map(String);
  const field = issue?.code === 'unrecognized_keys' ? [...path, issue.keys[0] ?? ''] : path;
  const problem = issue?.code === 'unrecognized_keys' ? 'unknown field' : (issue?.message ?? 'invalid');
  return new AppError('request.invalid', { field: field.join('.'), problem });
}

function parsed(schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(result.error);
  return result.data;
}

async function requireCaller(endpoint: Endpoint, caller: () => Promise<Caller>): Promise<void> {
  if (endpoint.caller === 'public') return;
  const { kind } = await caller();
  if (kind === 'anonymous') throw new AppError('auth.required');
  if (endpoint.caller === 'admin' && kind !== 'admin') throw new AppError('auth.forbidden');
  if (endpoint.caller === 'session' && kind !== 'user') throw new AppError('auth.forbidden');
}

export type MountOptions = {
  readonly authenticate: (request: Request) => Promise<Caller>;
  /** Checks each reply against its schema; for tests, since it costs time. */
  readonly verifyReplies: boolean;
};

function answering(binding: Binding, options: MountOptions) {
  const { endpoint } = binding;
  return async (request: Request, response: Response, next: NextFunction) => {
    try {
      response.locals['route'] = endpoint.path;
      let known: Promise<Caller> | undefined;
      const caller = () => {
        known ??= options.authenticate(request);
        return known;
      };
      // Who calls comes first: a stranger learns nothing of what an owner's request should look like.
      await requireCaller(endpoint, caller);
      const call: Call<Endpoint> = {
        params: parsed(endpoint.params, request.params),
        query: parsed(endpoint.query, request.query),
        body: parsed(endpoint.body, request.body ?? {}),
        address: clientAddress(request),
        request,
        response,
        caller,
      } as Call<Endpoint>;
      const reply = await within(ANSWER_DEADLINE_MS, binding.handle(call));
      response.setHeader('cache-control', 'no-store');
      if (isDownload(reply)) return sendDownload(response, endpoint, reply);
      if (options.verifyReplies) endpoint.reply.parse(reply);
      response.json(reply);
    } catch (error) {
      next(error);
    }
  };
}

const nameOf = (endpoint: Endpoint) => `${endpoint.method} ${endpoint.path}`;

/** A database that hangs, rather than dies, must not hang the page too: one clear answer by then. */
const ANSWER_DEADLINE_MS = 8000;

/** The result, or `unavailable` once the deadline has passed; what was begun goes on by itself. */
async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new AppError('unavailable')), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Mounts every endpoint of the table. Throws where one has no handler, or two, or is not in the table. */
export function mountEndpoints(
  app: Express,
  table: readonly Endpoint[],
  bindings: readonly Binding[],
  options: MountOptions,
): void {
  const names = table.map(nameOf);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice) throw new Error(`${twice} stands twice in the table of endpoints`);
  for (const binding of bindings) {
    if (!table.includes(binding.endpoint)) throw new Error(`${nameOf(binding.endpoint)} is not in the table`);
  }
  for (const endpoint of table) {
    const [binding, second] = bindings.filter((candidate) => candidate.endpoint === endpoint);
    if (!binding) throw new Error(`${nameOf(endpoint)} has no handler`);
    if (second) throw new Error(`${nameOf(endpoint)} has two handlers`);
    app[endpoint.method](endpoint.path, answering(binding, options));
  }
}
