/** Puts the parts together. Each opener returns what it opened and how to stop it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Config } from '#config/index.ts';
import { ENDPOINTS } from '#contract/api.ts';
import { codeFacts } from './access/reveal.ts';
import { openShowRooms } from './access/rooms.ts';
import { accessRoutes } from './access/routes.ts';
import { openAuth } from './accounts/auth.ts';
import { openToken, sealToken } from './accounts/links.ts';
import { accountRoutes } from './accounts/routes.ts';
import { adminRoutes } from './admin/routes.ts';
import { channelRoutes } from './channels/routes.ts';
import { earningRoutes } from './earnings/routes.ts';
import { keyRoutes } from './keys/routes.ts';
import { NOTICE_QUEUE } from './notifications/jobs.ts';
import { mountOneClick } from './notifications/one-click.ts';
import type { Sources } from './notifications/render.ts';
import { noticeRoutes } from './notifications/routes.ts';
import { noticeEvents } from './notifications/socket.ts';
import { wakingDb } from './notifications/waking.ts';
import { openPayments } from './payments/payments.ts';
import { paymentRoutes } from './payments/routes.ts';
import { checkoutEvents } from './payments/socket.ts';
import { mountWebhook } from './payments/webhook.ts';
import { transfersToCreators } from './payouts/reversals.ts';
import { payoutRoutes } from './payouts/routes.ts';
import { buildApp } from './platform/app.ts';
import { openDb } from './platform/db.ts';
import { mountEndpoints } from './platform/http.ts';
import type { Log } from './platform/log.ts';
import { openMedia } from './platform/media.ts';
import { makeMetrics } from './platform/metrics.ts';
import type { Platform } from './platform/platform.ts';
import { openPrisma } from './platform/prisma.ts';
import { openWaker } from './platform/queue.ts';
import { openRedis } from './platform/redis.ts';
import type { Stop } from './platform/shutdown.ts';
import { openSockets, serveSockets } from './platform/sockets.ts';
import { receiptRoutes } from './receipts/routes.ts';
import { mountMediaPort } from './shows/internal.ts';
import { showRoutes } from './shows/routes.ts';
import { showEvents } from './shows/socket.ts';
import { spendingRoutes } from './spending/routes.ts';
import { systemRoutes } from './system-routes.ts';
import { tipRoutes } from './tips/routes.ts';

/** Longest that requests under way may take to finish once the process stops. */
const DRAIN_MS = 2500;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 20_000;
/** Longer than Nginx keeps an idle connection to us, so that it never writes into one that we close. */
const KEEP_ALIVE_MS = 75_000;

/** Opens what every role needs; connects in the background. */
export function openPlatform(config: Config, log: Log): { platform: Platform; stops: Stop[] } {
  const noticeQueue = openWaker(config, log, NOTICE_QUEUE);
  const db = wakingDb(openDb(config.secrets.databaseUrl), noticeQueue.wake);
  const prisma = openPrisma(config.secrets.databaseUrl);
  const redis = openRedis(config.secrets.redisUrl, log);
  const subscriber = openRedis(config.secrets.redisUrl, log, { subscriber: true });
  const sockets = openSockets(config, redis, subscriber);
  const platform = {
    config,
    log,
    metrics: makeMetrics(),
    db,
    prisma,
    redis,
    media: openMedia(config, log),
    sockets,
    noticeQueue,
  };
  const stops: Stop[] = [
    { name: 'notice queue', kind: 'connection', stop: () => noticeQueue.close() },
    { name: 'prisma', kind: 'connection', stop: () => prisma.$disconnect() },
    { name: 'database', kind: 'connection', stop: () => db.close() },
    {
      name: 'redis',
      kind: 'connection',
      stop: async () => {
        redis.disconnect();
        subscriber.disconnect();
      },
    },
  ];
  return { platform, stops };
}

/** Where the texts of notices come from: codes and links are opened here, since their features know of notices. */
export const noticeSources = ({ config, db }: Pick<Platform, 'config' | 'db'>): Sources => ({
  config,
  sql: db,
  codeFacts: (codeId) => codeFacts(db, config, codeId),
  sealToken: (token, event) => sealToken(config, token, event),
  linkToken: (sealed, event) => openToken(config, sealed, event),
});

const listen = (server: Server, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}

/** Serves the API on a loopback port. Returns the port and how to stop: requests under way are finished. */
export async function serveApi(
  platform: Platform,
  options: { port: number; verifyReplies?: boolean },
): Promise<{ port: number; stop: Stop }> {
  const { config, log, metrics, sockets } = platform;
  const auth = openAuth(platform);
  const payments = openPayments(platform, transfersToCreators);
  const sources = noticeSources(platform);
  const bindings = [
    ...systemRoutes(platform),
    ...channelRoutes(platform),
    ...keyRoutes(platform),
    ...accessRoutes(platform),
    ...showRoutes(platform),
    ...spendingRoutes(platform),
    ...paymentRoutes(payments, platform.redis),
    ...tipRoutes(platform),
    ...noticeRoutes(platform, sources),
    ...accountRoutes(platform, auth.verifyEmail, payments),
    ...earningRoutes(platform),
    ...payoutRoutes(platform, payments.stripe),
    ...receiptRoutes(payments),
    ...adminRoutes(payments),
  ];
  const app = buildApp({
    config,
    log,
    metrics,
    auth: auth.handle,
    internal: (express) => {
      mountMediaPort(express, platform);
      mountWebhook(express, payments);
      mountOneClick(express, platform.db, sources);
    },
    endpoints: (express) =>
      mountEndpoints(express, ENDPOINTS, bindings, {
        authenticate: auth.authenticate,
        verifyReplies: options.verifyReplies ?? false,
      }),
  });
  const server = createServer(app);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const { rooms, stop: stopRooms } = openShowRooms(platform);
  const handlers = {
    ...showEvents(platform, auth.authenticate, rooms),
    ...noticeEvents(auth.authenticate),
    ...checkoutEvents(payments),
  };
  serveSockets(sockets, server, { config, metrics, log, handlers });
  const port = await listen(server, options.port);
  const stop = async () => {
    // Closing the sockets first lets pages reconnect to the other process at once.
    const drained = drain(server);
    sockets.disconnectSockets(true);
    sockets.engine.close();
    await Promise.all([drained, stopRooms()]);
  };
  return { port, stop: { name: 'http', kind: 'work', stop } };
}
