/** The device cookie and the grant that a right turns into. */
import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Config } from '#config/index.ts';
import { cookieNames, signGrant } from '#contract/grant.ts';
import type { ShowId } from '#contract/ids.ts';
import { readCookie, setCookie } from '../platform/cookies.ts';
import { sha256 } from '../platform/ids.ts';

/** The longest that browsers keep a cookie. */
const DEVICE_SECONDS = 400 * 24 * 3600;
const DEVICE_BYTES = 32;
const DEVICE_FORMAT = /^[A-Za-z0-9_-]{43}$/;

export type Device = { readonly hash: Buffer; readonly hex: string };

const named = (value: string): Device => {
  const hash = sha256(value);
  return { hash, hex: hash.toString('hex') };
};

/** The device that sent this request, or null where it has no cookie of ours. */
export function deviceOf(config: Config, request: Request): Device | null {
  const value = readCookie(request, cookieNames(config.installId, config.secure).device);
  return value !== null && DEVICE_FORMAT.test(value) ? named(value) : null;
}

/** A cookie for a device that has none; it is given once something was let in by it. */
export function newDevice(): { device: Device; give(config: Config, response: Response): void } {
  const value = randomBytes(DEVICE_BYTES).toString('base64url');
  return {
    device: named(value),
    give(config, response) {
      const name = cookieNames(config.installId, config.secure).device;
      setCookie(response, { name, value, path: '/', seconds: DEVICE_SECONDS, secure: config.secure });
    },
  };
}

type Right = {
  readonly viewer: string;
  readonly device: string;
  readonly show: string;
  readonly role: 'viewer' | 'creator';
  readonly maxDevices: number;
  readonly nowMs: number;
  readonly untilMs: number;
};

/** Signs a grant and gives it as a cookie to the show's playlists alone. Returns the grant. */
export function giveGrant(config: Config, response: Response, right: Right): string {
  const { nowMs, show, ...rest } = right;
  const value = signGrant(config.secrets.grantSecret, { ...rest, show: show as ShowId, issuedMs: nowMs });
  const name = cookieNames(config.installId, config.secure).grant;
  const seconds = Math.max(1, Math.ceil((right.untilMs - nowMs) / 1000));
  setCookie(response, { name, value, path: `/hls/${show}`, seconds, secure: config.secure });
  return value;
}
