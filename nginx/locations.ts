/** What each address of the public server does. The table stands in ARCHITECTURE.md. */
import { basename, dirname } from 'node:path';
import type { Config } from '#config/index.ts';
import { addHeaders, FILE_HEADERS, hideHeaders } from './headers.ts';

/** Every request body is small JSON; uploads will get a location of their own. */
const BODY_LIMIT = '64k';
/** How long media may hold a request for a part that is not there yet, seconds. */
const HELD_PART_SECONDS = 4;
/** How long a blocking playlist request or an API call may take, seconds. */
const ANSWER_SECONDS = 30;
/** Longer than Socket.io's ping interval and time-out together, seconds. */
const SOCKET_SECONDS = 90;

const AWAY =
  '{"code":"unavailable","message":"A part of the server is away. It is being restarted; please try again in a few seconds."}';
const MISSING =
  '<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=width=device-width><title>Not found</title><h1>There is nothing here</h1><p>The address may be mistyped. <a href=/>Go to the start page</a></p></html>';

const IMMUTABLE = ['Cache-Control', 'public, max-age=31536000, immutable'] as const;
const REVALIDATE = ['Cache-Control', 'no-cache'] as const;

/** Only what we say about the client reaches an upstream; what the client says about itself does not. */
const PROXY_HEADERS = `
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host "";
proxy_set_header Forwarded "";
proxy_set_header X-Request-Id $request_id;`;

/** All that media looks at: a viewer asks five times a second, and browsers send a dozen headers each time. */
const MEDIA_HEADERS = `
proxy_http_version 1.1;
proxy_pass_request_headers off;
proxy_set_header Connection "";
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header Cookie $http_cookie;
proxy_set_header User-Agent $http_user_agent;
proxy_set_header Range $http_range;`;

function pages(config: Config): string {
  const page = (file: string) => `
  ${addHeaders(config, REVALIDATE)}
  try_files ${file} @missing;`;
  return `
location = / {${page('/watch.html')}
}
location ~ ^/(?:c/[^/]+|live|streams|code|account(?:/[a-z-]+)?)/?$ {${page('/watch.html')}
}
location ~ ^/studio(?:/|$) {${page('/studio.html')}
}
location ~ ^/admin(?:/|$) {${page('/admin.html')}
}
location /assets/ {
  ${addHeaders(config, IMMUTABLE)}
  try_files $uri @missing;
}
location / {${page('$uri')}
}
location @missing {
  ${addHeaders(config, REVALIDATE)}
  default_type text/html;
  return 404 '${MISSING}';
}`;
}

function api(config: Config): string {
  const upstream = `${PROXY_HEADERS}
  proxy_pass http://api;
  # A refused connection goes to the other instance; a request that was sent is repeated only where that is harmless.
  proxy_next_upstream error timeout http_502 http_503 http_504;
  proxy_next_upstream_tries 3;
  proxy_connect_timeout 2s;
  error_page 502 503 504 = @away;
  ${hideHeaders(config)}
  ${addHeaders(config)}`;
  return `
location /api/ {
  ${upstream}
  proxy_set_header Connection "";
  proxy_read_timeout ${ANSWER_SECONDS}s;
}
location /socket.io/ {
  ${upstream}
  ${unlogged(config)}
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade;
  proxy_buffering off;
  proxy_read_timeout ${SOCKET_SECONDS}s;
}
location @away {
  ${addHeaders(config, ['Retry-After', '2'], ['Cache-Control', 'no-store'])}
  default_type application/json;
  return 503 '${AWAY}';
}
location ~ ^/(?:internal|control|metrics)(?:/|$) {
  ${addHeaders(config)}
  return 404;
}`;
}

/** The checkout pages of the stand-in for Stripe. Its API is on loopback alone. */
function standin(config: Config): string {
  if (config.standinPort === null) return '';
  return `
location /standin/ {
  ${PROXY_HEADERS}
  proxy_pass http://127.0.0.1:${config.standinPort};
  proxy_set_header Connection "";
  proxy_connect_timeout 2s;
  proxy_read_timeout ${ANSWER_SECONDS}s;
  error_page 502 504 = @away;
  ${hideHeaders(config)}
  ${addHeaders(config)}
}`;
}

/** Grants and session numbers stand in these addresses, so neither the access nor the error log sees these requests. */
function unlogged(config: Config): string {
  return `access_log off;
  error_log ${config.varDir}/logs/nginx-error.log crit;`;
}

function playlists(config: Config): string {
  return `
location ^~ /hls/ {
  ${unlogged(config)}
  ${MEDIA_HEADERS}
  proxy_pass http://media;
  proxy_buffering off;
  proxy_connect_timeout 2s;
  proxy_read_timeout ${ANSWER_SECONDS}s;
  error_page 502 503 504 = @away;
  ${hideHeaders(config)}
  ${addHeaders(config)}
}`;
}

/**
 * Belongs into `http { … }`. A part is a closed range of its segment's file, which Nginx reads by itself.
 * A range without an end asks for a part that is announced, and the file may not be so long yet.
 */
export const MEDIA_FILE_MAP = `map "$arg_p $http_range" $media_file { "~^\\d+ bytes=\\d+-$" "/held"; default $uri; }`;

function mediaFiles(config: Config): string {
  if (basename(config.mediaDir) !== 'media')
    throw new Error('mediaDir must end in /media: addresses are signed by path');
  // The address is signed and changes with its content, so any cache may keep it; other origins are for Cast.
  const headers = `${FILE_HEADERS}
  add_header Cache-Control "public, max-age=3600, immutable";`;
  return `
location ^~ /media/ {
  ${unlogged(config)}
  if ($uri ~ (?:/\\.|\\.tmp$)) { return 404; }
  secure_link $arg_s,$arg_e;
  secure_link_md5 "$secure_link_expires$uri ${config.secrets.addressSecret}";
  if ($secure_link = "") { return 403; }
  if ($secure_link = "0") { return 410; }
  root "${dirname(config.mediaDir)}";
  try_files $media_file @held;
  ${headers}
}
# A part that a playlist hinted at and that may not be made yet: media holds the request until it is.
location @held {
  ${unlogged(config)}
  ${MEDIA_HEADERS}
  proxy_pass http://media;
  proxy_buffering off;
  proxy_connect_timeout 2s;
  proxy_read_timeout ${HELD_PART_SECONDS}s;
  error_page 502 504 = @away;
  ${hideHeaders(config)}
  proxy_hide_header Cache-Control;
  proxy_hide_header Access-Control-Allow-Origin;
  ${headers}
}`;
}

/** Everything inside `server { … }` but its listeners. */
export function locations(config: Config): string {
  return `
root "${config.appDir}/web/dist";
client_max_body_size ${BODY_LIMIT};
${addHeaders(config)}
location ~ (?:/\\.|\\.tmp$) {
  ${addHeaders(config)}
  return 404;
}
${pages(config)}
${api(config)}
${standin(config)}
${playlists(config)}
${mediaFiles(config)}`;
}
