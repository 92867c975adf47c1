/** The API being away, in the ways in which an API can be. */
import type { Server, ServerResponse } from 'node:http';
import type { Answer } from './api.ts';
import type { Outage } from './control.ts';

const failed = (status: number, message: string, code?: string): Answer => ({
  status,
  body: `${JSON.stringify({ error: { type: status === 429 ? 'invalid_request_error' : 'api_error', message, ...(code ? { code } : {}) } })}\n`,
  headers: { 'content-type': 'application/json' },
});

/** `reopen` listens again on the port that `refuse` closed. */
export function createOutage(server: Server, reopen: () => void) {
  let now: Outage | null = null;
  let left = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const hanging = new Set<ServerResponse>();

  function end(): void {
    clearTimeout(timer);
    const wasClosed = now?.how === 'refuse';
    now = null;
    for (const response of hanging) response.destroy();
    hanging.clear();
    if (wasClosed) reopen();
  }

  return {
    set(outage: Outage | null): void {
      if (outage?.how === 'refuse' && outage.forMs === undefined) throw new Error('a closed port needs forMs');
      end();
      now = outage;
      left = outage?.requests ?? Number.POSITIVE_INFINITY;
      if (outage?.forMs !== undefined) timer = setTimeout(end, outage.forMs);
      if (outage?.how === 'refuse') {
        server.close();
        // The answer to control is still on its way.
        setImmediate(() => server.closeAllConnections());
      }
    },
    /** Handles a request of the API the way the outage wants. False: it is to be answered as usual. */
    meets(response: ServerResponse, answer: () => Answer, send: (answer: Answer) => void): boolean {
      if (now === null || now.how === 'refuse') return false;
      const { how } = now;
      left -= 1;
      if (how === 'hang') hanging.add(response);
      else if (how === 'error') send(failed(500, 'An unknown error occurred'));
      else if (how === 'limit') send(failed(429, 'Request rate limit exceeded.', 'rate_limit'));
      else {
        answer();
        response.destroy();
      }
      if (left <= 0 && how !== 'hang') end();
      return true;
    },
    end,
  };
}
