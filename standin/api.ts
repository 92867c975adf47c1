/** One request to the API: who asks, what is meant, whether it was answered before, and what then happens. */
import { createHash } from 'node:crypto';
import { checkParameters } from './check.ts';
import type { Desk } from './desk.ts';
import { expand } from './expand.ts';
import { Fault, type FaultBody, invalid } from './faults.ts';
import { parseForm } from './form.ts';
import table from './generated/parameters.json' with { type: 'json' };
import { refuseUncovered } from './handler.ts';
import { newId } from './ids.ts';
import { COVERED, type Covered } from './parameters/covered.ts';
import type { Table } from './parameters/shape.ts';
import { HANDLERS } from './routes.ts';
import type { Store } from './store.ts';

const { apiVersion, endpoints } = table as unknown as Table;
export const API_VERSION = apiVersion;

/** Stripe keeps answers for at least this long, milliseconds. */
const ANSWERS_KEPT_MS = 86_400_000;

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};
export type Answer = {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};
/** Runs work in one transaction, at a desk for whoever asks. */
export type AtDesk = <T>(asker: Desk['asker'], work: (desk: Desk) => T) => T;

const PATTERNS = COVERED.map((key) => {
  const [method = '', path = ''] = key.split(' ');
  return { key, method, pattern: new RegExp(`^${path.replace('{id}', '([^/]+)')}$`) };
});

function endpointOf(method: string, path: string): { key: Covered; id: string } {
  for (const { key, method: wanted, pattern } of PATTERNS) {
    const match = wanted === method ? pattern.exec(path) : null;
    if (match) return { key, id: decodeURIComponent(match[1] ?? '') };
  }
  throw new Fault(404, {
    type: 'invalid_request_error',
    message: `Unrecognized request URL (${method}: ${path}). The stand-in for Stripe covers only a part of Stripe; see docs/stripe-stand-in.md.`,
  });
}

function requireKey(asked: Asked, secretKey: string): void {
  const given = /^(?:Bearer|Basic) (.+)$/.exec(String(asked.headers['authorization'] ?? ''));
  if (!given) {
    throw new Fault(401, {
      type: 'invalid_request_error',
      message:
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
    });
  }
  if (given[1] !== secretKey)
    throw new Fault(401, {
      type: 'invalid_request_error',
      message: `Invalid API Key provided: ${(given[1] ?? '').slice(0, 8)}****${(given[1] ?? '').slice(-4)}`,
    });
  const version = asked.headers['stripe-version'];
  if (version !== undefined && version !== apiVersion)
    throw invalid(`Invalid Stripe API version: ${version}. This stand-in speaks ${apiVersion}.`);
  if (asked.headers['stripe-account'] ?? asked.headers['stripe-context'])
    throw invalid(
      'The stand-in for Stripe does not cover requests on behalf of a connected account.',
      'standin_not_covered',
    );
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const errorBody = (body: FaultBody, requestId: string) =>
  json({
    error: {
      ...body,
      ...(body.code ? { doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll('_', '-')}` } : {}),
      request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
    },
  });

type Kept = { request: string; status: number; body: string; request_id: string };

/** The answer that this key got before. Throws where it was another request. */
function keptAnswer(store: Store, key: string, request: string): Kept | null {
  const row = store.db.prepare('SELECT request, status, body, request_id FROM answer WHERE key = ?').get(key) as
    | Kept
    | undefined;
  if (!row) return null;
  if (row.request !== request)
    throw new Fault(400, {
      type: 'idempotency_error',
      message: `Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than '${key}' if you meant to execute a different request.`,
    });
  return row;
}

function keepAnswer(store: Store, key: string, request: string, answer: Omit<Kept, 'request'>, nowMs: number): void {
  store.db.prepare('DELETE FROM answer WHERE at_ms < ?').run(nowMs - ANSWERS_KEPT_MS);
  store.db
    .prepare('INSERT OR REPLACE INTO answer (key, request, status, body, request_id, at_ms) VALUES (?, ?, ?, ?, ?, ?)')
    .run(key, request, answer.status, answer.body, answer.request_id, nowMs);
}

type Meant = { readonly key: Covered; readonly id: string; readonly params: Readonly<Record<string, unknown>> };

function meaningOf(asked: Asked): Meant {
  const { key, id } = endpointOf(asked.method, asked.path);
  const given = parseForm(asked.method === 'POST' ? asked.body : asked.query);
  const shape = endpoints[key];
  if (!shape) throw new Error(`no table for ${key}`);
  const params = checkParameters(shape, given);
  refuseUncovered(key, HANDLERS[key].carries, params);
  return { key, id, params };
}

function carryOut(desk: Desk, { key, id, params }: Meant): string {
  const answer = HANDLERS[key].work(desk, params as never, id);
  return json(expand(desk, answer, (params['expand'] as string[] | undefined) ?? []));
}

function execute(store: Store, atDesk: AtDesk, asked: Asked, requestId: string): Answer {
  const key = asked.method === 'POST' ? (asked.headers['idempotency-key']?.toString() ?? null) : null;
  const asker = { id: requestId, idempotency_key: key };
  const request = createHash('sha256').update(`${asked.method} ${asked.path}\n${asked.body}`).digest('hex');
  const before = key === null ? null : keptAnswer(store, key, request);
  if (before)
    return {
      status: before.status,
      body: before.body,
      headers: { 'idempotent-replayed': 'true', 'original-request': before.request_id, 'idempotency-key': key ?? '' },
    };
  // A request that is refused for its form has not begun, so its key stays free, as at Stripe.
  const meant = meaningOf(asked);
  const keep = (status: number, body: string) => {
    if (key !== null) keepAnswer(store, key, request, { status, body, request_id: requestId }, Date.now());
  };
  const headers = key === null ? {} : { 'idempotency-key': key };
  try {
    return atDesk(asker, (desk) => {
      const body = carryOut(desk, meant);
      keep(200, body);
      return { status: 200, body, headers };
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const body = errorBody(error.body, requestId);
    keep(error.status, body);
    return { status: error.status, body, headers };
  }
}

/** Answers one request of the API; a refusal is an answer too. */
export function answerApi(store: Store, atDesk: AtDesk, secretKey: string, asked: Asked): Answer {
  const requestId = newId('req');
  const common = {
    'content-type': 'application/json',
    'request-id': requestId,
    'stripe-version': apiVersion,
    'cache-control': 'no-cache, no-store',
  };
  try {
    requireKey(asked, secretKey);
    const { status, body, headers } = execute(store, atDesk, asked, requestId);
    return { status, body, headers: { ...common, ...headers } };
  } catch (error) {
    const fault =
      error instanceof Fault
        ? error
        : new Fault(500, { type: 'api_error', message: `The stand-in for Stripe failed: ${String(error)}` });
    return { status: fault.status, body: errorBody(fault.body, requestId), headers: common };
  }
}
