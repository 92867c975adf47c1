/** A broadcast that has run for long already: playlists without parts over a window of prepared segments. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const SEGMENT_SECONDS = 2;
/** As media says it: the longest that may ever come. */
const TARGET_SECONDS = 6;
const SEGMENTS = 140;
const HEIGHTS = { source: 180, '90p': 90 } as const;
type Name = keyof typeof HEIGHTS;

function encode(folder: string): void {
  const outputs = Object.entries(HEIGHTS).flatMap(([name, height]) => [
    ...[
      '-map',
      '0:v',
      '-map',
      '1:a',
      '-s',
      `${(height * 16) / 9}x${height}`,
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
    ],
    ...['-tune', 'zerolatency', '-g', '30', '-pix_fmt', 'yuv420p', '-b:v', '150k', '-c:a', 'aac', '-b:a', '48k'],
    ...['-f', 'hls', '-hls_time', String(SEGMENT_SECONDS), '-hls_list_size', '0', '-hls_segment_type', 'fmp4'],
    ...['-hls_fmp4_init_filename', `${name}-init.mp4`, '-hls_segment_filename', `${name}-%d.m4s`, `${name}.m3u8`],
  ]);
  const seconds = SEGMENTS * SEGMENT_SECONDS;
  // biome-ignore format: an argv reads best as pairs
  execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=s=320x180:r=15:d=${seconds}`,
    '-f', 'lavfi', '-i', `sine=frequency=330:d=${seconds}`, ...outputs], { cwd: folder });
}

/** Prepares it; `windowSeconds` is what its playlists list. */
export function makeSliding(windowSeconds: number) {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-sliding-'));
  encode(folder);
  const listed = Math.round(windowSeconds / SEGMENT_SECONDS);
  let startedMs = Date.now();
  let skippedMs = 0;
  let frozenMs: number | null = null;
  const gone = new Set<Name>();
  let gapsFrom: number | null = null;

  /** Number of the segment that is being made now. */
  const now = () => listed + Math.floor(((frozenMs ?? Date.now()) + skippedMs - startedMs) / (SEGMENT_SECONDS * 1000));
  function playlist(name: Name): string {
    const end = now();
    const first = Math.max(0, end - listed);
    const lines = ['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${TARGET_SECONDS}`];
    lines.push(`#EXT-X-MEDIA-SEQUENCE:${first}`, `#EXT-X-MAP:URI="${name}-init.mp4"`);
    for (let i = first; i < end; i++) {
      const dateMs = startedMs - skippedMs + (i - listed) * SEGMENT_SECONDS * 1000;
      lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(dateMs).toISOString()}`);
      if (name === 'source' && gapsFrom !== null && i >= gapsFrom) lines.push('#EXT-X-GAP');
      lines.push(`#EXTINF:${SEGMENT_SECONDS}.0,`, `${name}-${i}.m4s`);
    }
    return `${lines.join('\n')}\n`;
  }
  const master = Object.entries(HEIGHTS)
    .map(([name, height]) => {
      const fields = `BANDWIDTH=${height * 2000},RESOLUTION=${(height * 16) / 9}x${height},CODECS="avc1.42c01e,mp4a.40.2"`;
      return `#EXT-X-STREAM-INF:${fields}\n${name}.m3u8?sid=1`;
    })
    .join('\n');

  return {
    /** Answers the page's requests for playlists and segments. */
    serve: (page: Page) =>
      page.route('**/hls/shw_*/**', async (route) => {
        const file = new URL(route.request().url()).pathname.split('/').at(-1) ?? '';
        const name = file === 'source.m3u8' ? 'source' : file === '90p.m3u8' ? '90p' : null;
        if (name && gone.has(name)) return route.fulfill({ status: 404, json: { code: 'not_found', message: '' } });
        if (name) return route.fulfill({ contentType: 'application/vnd.apple.mpegurl', body: playlist(name) });
        if (file === 'master.m3u8') return route.fulfill({ body: `#EXTM3U\n${master}\n` });
        return route.fulfill({ contentType: 'video/mp4', body: readFileSync(join(folder, file)) });
      }),
    /** Time passes for the broadcast, and for nobody else, seconds. */
    skip: (seconds: number) => {
      skippedMs += seconds * 1000;
    },
    /** The encoder is away: nothing new is listed until `thaw`. */
    freeze: () => {
      frozenMs = Date.now();
    },
    thaw: () => {
      frozenMs = null;
    },
    /** The source's playlist is no more. */
    shed: () => void gone.add('source'),
    /** The source's segments are missing from here on. */
    leaveGaps: () => {
      gapsFrom = now();
    },
    /** Begins again, with everything there. */
    restore: () => {
      startedMs = Date.now();
      skippedMs = 0;
      frozenMs = null;
      gone.clear();
      gapsFrom = null;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
