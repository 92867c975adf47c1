/** `/internal/media/*`: media asks here, over loopback, with the bearer secret. */
import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import { AppError } from '#contract/errors.ts';
import { AuthorizeRequest, SyncRequest } from '#contract/media-port.ts';
import { fromLoopback } from '../platform/address.ts';
import { invalid } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import { bearerOf, sameSecret } from '../platform/secrets.ts';
import { announce, viewerAnnouncer } from './announce.ts';
import { authorize, sync } from './media-service.ts';

/** Largest report of media, bytes: 2,000 sessions and 200 refusals fit. */
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

/** Adds the port's routes. What came through Nginx, or without the secret, is not answered. */
export function mountMediaPort(app: Express, platform: Platform): void {
  const { config, db, metrics } = platform;
  const announceViewers = viewerAnnouncer(platform);
  app.use('/internal', (request: Request, _response: Response, next: NextFunction) => {
    if (!fromLoopback(request) || request.headers['x-real-ip'] !== undefined) throw new AppError('not_found');
    if (!sameSecret(bearerOf(request) ?? '', config.secrets.mediaSecret)) throw new AppError('auth.required');
    next();
  });
  app.use('/internal', express.json({ limit: BODY_LIMIT_BYTES }));
  app.post('/internal/media/authorize', async (request, response) => {
    response.locals['route'] = '/internal/media/authorize';
    const asked = AuthorizeRequest.safeParse(request.body);
    if (!asked.success) throw invalid(asked.error);
    const { reply, changed } = await authorize(db, config, asked.data);
    if (changed) announce(platform, [changed]);
    response.json(reply);
  });
  app.post('/internal/media/sync', async (request, response) => {
    response.locals['route'] = '/internal/media/sync';
    const report = SyncRequest.safeParse(request.body);
    if (!report.success) throw invalid(report.error);
    const { reply, changed, shows } = await sync(db, config, report.data);
    metrics.syncs.inc();
    announce(platform, changed);
    announceViewers(shows);
    response.json(reply);
  });
}
