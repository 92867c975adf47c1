/** The one door to the HTTP API. Types come from `contract/`; nothing of it is in the bundle. */
import type { BodyOf, Endpoint, ParamsOf, QueryOf, ReplyOf } from '#contract/endpoint.ts';

/** How long one request may take, milliseconds, before it counts as "server away". */
const REQUEST_LIMIT_MS = 12_000;

/** A refusal or failure. `code` is from `contract/errors.ts`, or `network` where no answer came. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, status: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.details = details;
  }

  /** True where the server gave no answer of its own, so that trying again may help. */
  get away(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

type Inputs<E extends Endpoint> = {
  params?: ParamsOf<E>;
  query?: QueryOf<E>;
  body?: BodyOf<E>;
  /** Idempotency-Key of a request that moves money: sent twice, it is carried out once. */
  key?: string;
  /** The operator's key, for pages of the operator; the session is left out then. */
  bearer?: string;
};

/** Fills `:name` parameters of an Express path and adds the query. */
function address(path: string, params: object = {}, query: object = {}): string {
  const values = new Map(Object.entries(params));
  const filled = path.replace(/:([a-zA-Z]+)/g, (_, name: string) => encodeURIComponent(String(values.get(name) ?? '')));
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  const search = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return search ? `${filled}?${search}` : filled;
}

async function readError(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const fields: Record<string, unknown> = body !== null && typeof body === 'object' ? { ...body } : {};
  const code =
    typeof fields['code'] === 'string' ? fields['code'] : response.status >= 500 ? 'unavailable' : 'internal';
  const message = typeof fields['message'] === 'string' ? fields['message'] : '';
  const details = fields['details'];
  return new ApiError(
    code,
    response.status,
    message,
    details !== null && typeof details === 'object' ? { ...details } : {},
  );
}

/** Sends JSON, returns JSON. `key` becomes the header Idempotency-Key. Throws `ApiError`. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  key?: string,
  bearer?: string,
): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: method.toUpperCase(),
      credentials: bearer === undefined ? 'same-origin' : 'omit',
      cache: 'no-store',
      signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError('network', 0, '');
  }
  if (!response.ok) throw await readError(response);
  if (response.status === 204) return null;
  return response.json().catch(() => {
    throw new ApiError('unavailable', 502, '');
  });
}

/** Calls a declared endpoint: `call<typeof currentSession>('get', '/api/…', { query })`. Throws `ApiError`. */
export async function call<E extends Endpoint>(
  method: E['method'],
  path: E['path'],
  inputs: Inputs<E> = {},
): Promise<ReplyOf<E>> {
  const body = method === 'get' ? undefined : (inputs.body ?? {});
  const reply = await send(
    method,
    address(path, inputs.params ?? {}, inputs.query ?? {}),
    body,
    inputs.key,
    inputs.bearer,
  );
  // The server validated the reply against the same declaration before it sent it.
  return reply as ReplyOf<E>;
}
