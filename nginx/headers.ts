/** Security headers. Nginx drops inherited ones wherever a location adds its own, so each gets them all. */
import type { Config } from '#config/index.ts';

/** Half a year, in seconds: how long browsers insist on HTTPS once they saw it. */
const HSTS_SECONDS = 15_552_000;

/** 'self' does not cover WebSockets in older Safari, so their origin stands beside it. */
function contentSecurityPolicy(config: Config): string {
  const socketOrigin = config.publicUrl.replace(/^http/, 'ws');
  return [
    "default-src 'self'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    `connect-src 'self' ${socketOrigin}`,
    "frame-ancestors 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "object-src 'none'",
  ].join('; ');
}

function headersOf(config: Config): ReadonlyArray<readonly [name: string, value: string]> {
  return [
    ['Content-Security-Policy', contentSecurityPolicy(config)],
    ['X-Content-Type-Options', 'nosniff'],
    ['X-Frame-Options', 'SAMEORIGIN'],
    ['Referrer-Policy', 'strict-origin-when-cross-origin'],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
    [
      'Permissions-Policy',
      'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), picture-in-picture=(self), autoplay=(self), geolocation=(), usb=(), serial=(), bluetooth=(), midi=(), payment=()',
    ],
    ...(config.tls?.hsts ? [['Strict-Transport-Security', `max-age=${HSTS_SECONDS}`] as const] : []),
  ];
}

/** The `add_header` lines for one location, with those that it adds itself. */
export function addHeaders(config: Config, ...own: ReadonlyArray<readonly [name: string, value: string]>): string {
  return [...headersOf(config), ...own].map(([name, value]) => `add_header ${name} "${value}" always;`).join('\n');
}

/** Few and short: a viewer fetches five parts a second, and nothing can run inside a video. */
export const FILE_HEADERS = [
  'add_header Content-Security-Policy "default-src \'none\'" always;',
  'add_header X-Content-Type-Options nosniff always;',
  'add_header Access-Control-Allow-Origin * always;',
].join('\n');

/** Hides what an upstream sends under the same names, so that no header comes twice. */
export function hideHeaders(config: Config): string {
  return headersOf(config)
    .map(([name]) => `proxy_hide_header ${name};`)
    .join('\n');
}
