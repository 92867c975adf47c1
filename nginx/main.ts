/** Renders the whole nginx.conf of one install. It holds the address secret, so it is written 0600. */
import type { Config, Tls } from '#config/index.ts';
import { locations, MEDIA_FILE_MAP } from './locations.ts';
import { rtmpsStream, STREAM_MODULE } from './tls-stream.ts';

export type NginxOptions = { readonly ipv6: boolean };

const CONNECTIONS_PER_WORKER = 4096;

const TYPES = `
types {
  text/html html;
  text/css css;
  text/javascript js mjs;
  text/plain txt;
  application/json json map;
  application/manifest+json webmanifest;
  application/vnd.apple.mpegurl m3u8;
  application/wasm wasm;
  video/mp4 mp4 m4s;
  image/svg+xml svg;
  image/png png;
  image/jpeg jpg jpeg;
  image/webp webp;
  image/x-icon ico;
  font/woff2 woff2;
}
default_type application/octet-stream;`;

/** Requests of one viewer must meet one instance (Socket.io's polling), and cookies cannot be had for that. */
function upstreams(config: Config): string {
  // max_fails=0: on loopback a dead instance refuses at once, and a returned one must be used at once.
  const instances = config.apiPorts.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join(' ');
  return `
upstream api { hash $remote_addr consistent; ${instances} keepalive 32; }
upstream media { server 127.0.0.1:${config.mediaPort} max_fails=0; keepalive 128; }`;
}

function logging(config: Config): string {
  return `
# Without query strings: they may hold what only the caller should know.
map $request_uri $logged_path { "~^(?<path>[^?]*)" $path; }
# Somebody may paste a stream key into an address by mistake: it must not stay in a log.
map $logged_path $safe_path { "~^(?<before>.*?)sk_[0-9a-zA-Z]+(?<after>.*)$" "$before(key)$after"; default $logged_path; }
map $logged_path $loggable { "~*^/+(?:hls|media)/" 0; default 1; }
log_format requests escape=json '{"time":"$time_iso8601","requestId":"$request_id","address":"$remote_addr","method":"$request_method","path":"$safe_path","status":$status,"bytes":$body_bytes_sent,"seconds":$request_time}';
access_log "${config.varDir}/logs/nginx-access.log" requests buffer=32k flush=2s if=$loggable;`;
}

function listeners(port: number, flags: string, options: NginxOptions): string {
  const ipv6 = options.ipv6 ? `listen [::]:${port}${flags} default_server ipv6only=on;` : '';
  return `listen ${port}${flags} default_server; ${ipv6}`;
}

function plainServer(config: Config, options: NginxOptions): string {
  return `
server {
  ${listeners(config.httpPort, '', options)}
  server_name _;
  ${locations(config)}
}`;
}

/** HTTPS serves everything; plain HTTP answers ACME challenges and sends everybody else on. */
function tlsServers(config: Config, tls: Tls, options: NginxOptions): string {
  const port = tls.httpsPort === 443 ? '' : `:${tls.httpsPort}`;
  return `
server {
  ${listeners(config.httpPort, '', options)}
  server_name _;
  location ^~ /.well-known/acme-challenge/ { root "${tls.acmeWebroot}"; default_type text/plain; }
  location / { return 308 https://${tls.domain}${port}$request_uri; }
}
server {
  ${listeners(tls.httpsPort, ' ssl http2', options)}
  server_name _;
  ssl_certificate "${tls.certFile}";
  ssl_certificate_key "${tls.keyFile}";
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_prefer_server_ciphers off;
  ssl_session_cache shared:tls:4m;
  ssl_session_timeout 1d;
  ssl_session_tickets off;
  ${locations(config)}
}`;
}

/** Returns the text of nginx.conf. Paths and ports come from the configuration alone. */
export function renderNginx(config: Config, options: NginxOptions): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path "${config.varDir}/run/nginx/${name}";`)
    .join('\n');
  return `# Made by set-up from nginx/*.ts; changes here are lost at the next start.
${config.tls ? `load_module "${STREAM_MODULE}";\n` : ''}daemon off;
worker_processes auto;
worker_rlimit_nofile ${CONNECTIONS_PER_WORKER * 2};
worker_shutdown_timeout 5s;
pid "${config.varDir}/run/nginx/nginx.pid";
error_log "${config.varDir}/logs/nginx-error.log" warn;
events { worker_connections ${CONNECTIONS_PER_WORKER}; }
http {
${TYPES}
${temporary}
server_tokens off;
sendfile on;
tcp_nopush on;
tcp_nodelay on;
keepalive_timeout 65s;
keepalive_requests 100000;
client_header_timeout 10s;
client_body_timeout 10s;
send_timeout 20s;
reset_timedout_connection on;
absolute_redirect off;
gzip on;
gzip_vary on;
gzip_min_length 1000;
gzip_types text/css text/javascript text/plain application/manifest+json image/svg+xml application/vnd.apple.mpegurl;
map $http_upgrade $connection_upgrade { default upgrade; "" ""; }
${MEDIA_FILE_MAP}
${logging(config)}
${upstreams(config)}
${config.tls ? tlsServers(config, config.tls, options) : plainServer(config, options)}
}
${config.tls ? rtmpsStream(config, config.tls, options.ipv6) : ''}`;
}
