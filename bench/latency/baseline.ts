/** What stands beside ours: ffmpeg's own 2-second HLS behind an open Nginx, hls.js with its defaults. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { freePort, plainConfig, removeScratch, scratch, startNginx } from '../lib/nginx.ts';

const PAGE = `<!doctype html><meta charset="utf-8"><title>baseline</title><video muted autoplay playsinline width="390"></video>
<script src="/hls.js"></script>
<script>const hls = new Hls(); hls.loadSource('/live/index.m3u8'); hls.attachMedia(document.querySelector('video'));</script>`;

const CLIP_PAGE =
  '<!doctype html><meta charset="utf-8"><title>clip</title><video muted autoplay loop playsinline src="/clip.mp4"></video>';

/** Starts the Nginx with its player page. `output` is what the encoder's tee writes to. */
export async function startBaseline() {
  const folder = scratch('hls');
  const root = join(folder, 'www');
  mkdirSync(join(root, 'live'), { recursive: true });
  copyFileSync(createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js'), join(root, 'hls.js'));
  writeFileSync(join(root, 'index.html'), PAGE);
  writeFileSync(join(root, 'clip.html'), CLIP_PAGE);
  const port = await freePort();
  const nginx = await startNginx(folder, plainConfig(folder, root, port), port);
  return {
    pageUrl: `http://127.0.0.1:${port}/index.html`,
    playlistUrl: `http://127.0.0.1:${port}/live/index.m3u8`,
    clipUrl: `http://127.0.0.1:${port}/clip.html`,
    clipFile: join(root, 'clip.mp4'),
    output: `[f=hls:hls_time=2:hls_flags=delete_segments]${join(root, 'live', 'index.m3u8')}`,
    stop: async () => {
      await nginx.stop();
      removeScratch(folder);
    },
  };
}
