/** Load on HTTP endpoints: closed loop for cost, open loop for waiting times. */
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

export type Call = {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** Time after which an answer counts as lost, milliseconds. */
const ANSWER_LIMIT_MS = 10_000;

/** Connections that a steady rate may open at once. */
const OPEN_LOOP_SOCKETS = 64;

export const makeAgent = (sockets: number) => new Agent({ keepAlive: true, maxSockets: sockets });

type Answer = { readonly status: number; readonly body: string; readonly cookies: readonly string[] };

/** One POST. Rejects where no whole answer comes in time. */
export function post(agent: Agent, call: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...call.headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(call.body),
    };
    const { port, path } = call;
    const options = { host: '127.0.0.1', port, path, method: 'POST', agent, headers, timeout: ANSWER_LIMIT_MS };
    const sent = request(options, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body, cookies: response.headers['set-cookie'] ?? [] }),
      );
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
    sent.once('error', reject);
    sent.end(call.body);
  });
}

async function expectOk(agent: Agent, call: Call): Promise<void> {
  const { status, body } = await post(agent, call);
  if (status !== 200) throw new Error(`${call.path} answered ${status}: ${body}`);
}

/** As many requests as `connections` callers can make in a row, for `seconds`. Returns how many. */
export async function closedLoop(
  agent: Agent,
  connections: number,
  seconds: number,
  next: () => Call,
): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const caller = async () => {
    while (performance.now() < end) {
      await expectOk(agent, next());
      done++;
    }
  };
  await Promise.all(Array.from({ length: connections }, caller));
  return done;
}

/** `perSecond` requests a second whatever the answers do. Returns each answer's time since it was due, milliseconds. */
export async function openLoop(perSecond: number, seconds: number, next: () => Call): Promise<number[]> {
  const agent = makeAgent(OPEN_LOOP_SOCKETS);
  const start = performance.now();
  const times: number[] = [];
  const failures: unknown[] = [];
  const under: Promise<void>[] = [];
  for (let i = 0; i < perSecond * seconds; i++) {
    const due = start + (i * 1000) / perSecond;
    const ahead = due - performance.now();
    if (ahead > 0) await wait(ahead);
    under.push(
      expectOk(agent, next()).then(
        () => void times.push(performance.now() - due),
        (error: unknown) => void failures.push(error),
      ),
    );
  }
  await Promise.all(under);
  agent.destroy();
  if (failures.length > 0) throw failures[0];
  return times;
}
