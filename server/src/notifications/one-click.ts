/**
 * Where mail programs unsubscribe somebody (RFC 8058): a POST without cookies and Origin, let in by the token in its
 * address. Scanners of mails open links by GET: that changes nothing and leads to the page with the button.
 */
import type { Express, NextFunction, Request, Response } from 'express';
import express from 'express';
import { ACCOUNT_PAGES } from '#contract/accounts.ts';
import { AppError } from '#contract/errors.ts';
import type { Db } from '../platform/db.ts';
import { chooseByLink, type LinkKeys, ONE_CLICK_PATH } from './choices.ts';

/** Largest body that is taken, bytes. A form of one field is all that belongs here. */
const BODY_LIMIT_BYTES = 4 * 1024;
/** The field and its value, in a form of either kind. */
const ONE_CLICK = /List-Unsubscribe.*One-Click/s;

const tokenOf = ({ query }: Request): string => (typeof query['token'] === 'string' ? query['token'] : '');

/** Mounted before Origin and JSON are asked for. */
export function mountOneClick(app: Express, db: Db, keys: LinkKeys): void {
  app.get(ONE_CLICK_PATH, (request, response) => {
    response.locals['route'] = ONE_CLICK_PATH;
    response.setHeader('cache-control', 'no-store');
    response.redirect(302, `${ACCOUNT_PAGES.unsubscribe}#token=${encodeURIComponent(tokenOf(request))}`);
  });
  const take = async (request: Request, response: Response, next: NextFunction) => {
    try {
      response.locals['route'] = ONE_CLICK_PATH;
      const body: unknown = request.body;
      if (!Buffer.isBuffer(body) || !ONE_CLICK.test(body.toString('utf8'))) throw new AppError('request.invalid');
      await chooseByLink(db, keys, tokenOf(request), false);
      response.setHeader('cache-control', 'no-store');
      response.json({ unsubscribed: true });
    } catch (error) {
      next(error);
    }
  };
  app.post(ONE_CLICK_PATH, express.raw({ type: () => true, limit: BODY_LIMIT_BYTES, inflate: false }), take);
}
