/** What stands beside us: libnginx-mod-rtmp with HLS on, its files served by the same Nginx. */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, removeScratch, scratch, startNginx } from '../lib/nginx.ts';
import { needFile } from '../lib/packages.ts';

/** The same path on every architecture. */
const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so';

export type Peer = {
  readonly pid: number;
  readonly httpPort: number;
  readonly folder: string;
  rtmpUrl(name: string): string;
  playlist(name: string): string;
  stop(): Promise<void>;
};

/** The module's own defaults, but fragments of 2 s and the window that we keep. */
const configuration = (folder: string, rtmpPort: number, httpPort: number, windowSeconds: number) => `
load_module "${MODULE}";
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
events { worker_connections 4096; }
rtmp {
  server {
    listen 127.0.0.1:${rtmpPort};
    chunk_size 4096;
    access_log off;
    application live {
      live on;
      hls on;
      hls_path ${folder}/hls;
      hls_fragment 2s;
      hls_playlist_length ${windowSeconds}s;
    }
  }
}
http {
  include /etc/nginx/mime.types;
  access_log off;
  sendfile on;
  tcp_nopush on;
  keepalive_requests 100000;
  client_body_temp_path ${folder}/tmp/body;
  proxy_temp_path ${folder}/tmp/proxy;
  fastcgi_temp_path ${folder}/tmp/fastcgi;
  uwsgi_temp_path ${folder}/tmp/uwsgi;
  scgi_temp_path ${folder}/tmp/scgi;
  types { application/vnd.apple.mpegurl m3u8; video/mp2t ts; }
  server {
    listen 127.0.0.1:${httpPort};
    location /hls/ { root ${folder}; add_header Cache-Control no-cache; }
  }
}
`;

/** Starts it on loopback ports of its own. */
export async function startPeer(windowSeconds: number): Promise<Peer> {
  await needFile(MODULE, 'libnginx-mod-rtmp');
  const folder = scratch('cpu');
  const hls = join(folder, 'hls');
  mkdirSync(hls);
  // As root, its worker is somebody else.
  chmodSync(hls, 0o777);
  const [rtmpPort, httpPort] = [await freePort(), await freePort()];
  const nginx = await startNginx(folder, configuration(folder, rtmpPort, httpPort, windowSeconds), httpPort);
  return {
    pid: nginx.pid,
    httpPort,
    folder,
    rtmpUrl: (name) => `rtmp://127.0.0.1:${rtmpPort}/live/${name}`,
    playlist: (name) => `/hls/${name}.m3u8`,
    stop: async () => {
      await nginx.stop();
      removeScratch(folder);
    },
  };
}
