/** RTMPS: nginx ends TLS and hands the bytes to the plain RTMP port on loopback. */
import type { Config, Tls } from '#config/index.ts';

/** From Debian's libnginx-mod-stream; the same path on every architecture. */
export const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so';

/** Media sees loopback as everybody's address, so its limit per address is kept here instead. */
const CONNECTIONS_PER_ADDRESS = 8;
const CONNECT_SECONDS = 5;
/** An encoder that sends nothing for this long is gone; media itself gives up sooner. */
const IDLE_SECONDS = 60;

/** The `stream { … }` block of nginx.conf. Needs `load_module` of `STREAM_MODULE` above it. */
export function rtmpsStream(config: Config, tls: Tls, ipv6: boolean): string {
  const onIpv6 = ipv6 ? `listen [::]:${tls.rtmpsPort} ssl ipv6only=on;` : '';
  return `
stream {
  limit_conn_zone $binary_remote_addr zone=rtmps:1m;
  server {
    listen ${tls.rtmpsPort} ssl; ${onIpv6}
    ssl_certificate "${tls.certFile}";
    ssl_certificate_key "${tls.keyFile}";
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_handshake_timeout 10s;
    limit_conn rtmps ${CONNECTIONS_PER_ADDRESS};
    tcp_nodelay on;
    proxy_connect_timeout ${CONNECT_SECONDS}s;
    proxy_timeout ${IDLE_SECONDS}s;
    proxy_pass 127.0.0.1:${config.rtmpPort};
  }
}`;
}
