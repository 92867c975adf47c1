/** Socket.io over all api processes; Redis carries broadcasts between them and may be away. */
import type { Server as HttpServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import type { Socket as PlainSocket } from 'socket.io';
import { Server } from 'socket.io';
import type { z } from 'zod';
import type { Config } from '#config/index.ts';
import type { ErrorCode } from '#contract/errors.ts';
import { AppError, ERRORS } from '#contract/errors.ts';
import { cookieNames } from '#contract/grant.ts';
import type { Ack, ClientEvents, ServerEvents } from '#contract/socket-events.ts';
import { CLIENT_EVENTS } from '#contract/socket-events.ts';
import { clientAddress, limitKey } from './address.ts';
import { readCookie } from './cookies.ts';
import { sha256Hex } from './ids.ts';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { hasOwnOrigin } from './origin.ts';
import type { RedisClient } from './redis.ts';

const MESSAGE_LIMIT_BYTES = 16 * 1024;
/** Sockets of one process, and of one address on it (a school or an office shares one). */
const SOCKET_LIMIT = 5000;
const ADDRESS_SOCKET_LIMIT = 500;

export type Sockets = Server<ClientEvents, ServerEvents>;
type Socket = PlainSocket<ClientEvents, ServerEvents>;
type EventName = keyof typeof CLIENT_EVENTS;
type Request<N extends EventName> = z.infer<(typeof CLIENT_EVENTS)[N]['schema']>;
export type EventHandlers = { readonly [N in EventName]: (socket: Socket, request: Request<N>) => Promise<void> };

/** The room of the sockets that were opened with one session's cookie: signing out closes them. */
export const sessionRoom = (cookie: string): string => `session:${sha256Hex(cookie)}`;

/** `publish` must not reject: the adapter does not look, and its local half has been sent anyway. */
function quietly(publisher: RedisClient): RedisClient {
  const publish = publisher.publish.bind(publisher);
  return Object.assign(publisher, {
    publish: (channel: string | Buffer, message: string | Buffer) => publish(channel, message).catch(() => 0),
  });
}

/** A server that only broadcasts (worker), or serves sockets too once it is attached (api). */
export function openSockets(config: Config, publisher: RedisClient, subscriber: RedisClient): Sockets {
  return new Server<ClientEvents, ServerEvents>({
    path: '/socket.io',
    serveClient: false,
    maxHttpBufferSize: MESSAGE_LIMIT_BYTES,
    transports: ['websocket', 'polling'],
    adapter: createAdapter(quietly(publisher), subscriber, {
      key: `${config.redisPrefix}socket.io`,
      requestsTimeout: 1000,
    }),
  });
}

function failure(code: ErrorCode): Ack {
  return { ok: false, code, message: ERRORS[code][1] };
}

function withinBudget(socket: Socket, name: EventName): boolean {
  const { budget, seconds } = CLIENT_EVENTS[name];
  const key = `budget:${name}`;
  const data = socket.data as Record<string, { from: number; used: number } | undefined>;
  const now = Date.now();
  const window = data[key];
  if (!window || now - window.from > seconds * 1000) {
    data[key] = { from: now, used: 1 };
    return true;
  }
  window.used += 1;
  return window.used <= budget;
}

async function carryOut<N extends EventName>(
  name: N,
  handlers: EventHandlers,
  socket: Socket,
  sent: unknown,
): Promise<Ack> {
  if (!withinBudget(socket, name)) return failure('request.too_many');
  const request = CLIENT_EVENTS[name].schema.safeParse(sent);
  if (!request.success) return failure('request.invalid');
  try {
    await handlers[name](socket, request.data as Request<N>);
    return { ok: true };
  } catch (error) {
    return failure(error instanceof AppError ? error.code : 'unavailable');
  }
}

/** Serves sockets on `http`: Origin and numbers are checked at the door, each event by its schema and budget. */
export function serveSockets(
  io: Sockets,
  http: HttpServer,
  parts: { config: Config; metrics: Metrics; log: Log; handlers: EventHandlers },
): void {
  const sessionCookie = cookieNames(parts.config.installId, parts.config.secure).session;
  const perAddress = new Map<string, number>();
  let open = 0;
  io.attach(http, {
    path: '/socket.io',
    serveClient: false,
    maxHttpBufferSize: MESSAGE_LIMIT_BYTES,
    transports: ['websocket', 'polling'],
    allowRequest: (request, decide) => {
      const held = perAddress.get(limitKey(clientAddress(request))) ?? 0;
      // Browsers leave Origin out of a same-origin GET, and polling begins with one.
      const origin = request.headers.origin === undefined && request.headers.upgrade === undefined;
      const own = origin
        ? request.headers['sec-fetch-site'] !== 'cross-site'
        : hasOwnOrigin(parts.config.publicUrl, request);
      decide(null, own && open < SOCKET_LIMIT && held < ADDRESS_SOCKET_LIMIT);
    },
  });
  io.on('connection', (socket) => {
    const address = limitKey(clientAddress(socket.request));
    open += 1;
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
    parts.metrics.sockets.set(open);
    const cookie = readCookie(socket.request, sessionCookie);
    if (cookie) void socket.join(sessionRoom(cookie));
    socket.on('disconnect', () => {
      open -= 1;
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
      parts.metrics.sockets.set(open);
    });
    for (const name of Object.keys(CLIENT_EVENTS) as EventName[]) {
      socket.on(name, (...sent: unknown[]) => {
        const ack = sent.at(-1);
        void carryOut(name, parts.handlers, socket, sent[0]).then((reply) => {
          if (typeof ack === 'function') ack(reply);
        });
      });
    }
  });
}
