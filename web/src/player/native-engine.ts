/** The browser's own HLS (Safari without Media Source), behind the engine's face. */
import { isRefusal, refusalCode } from './rules.ts';
import type { Engine, EngineEvents } from './types.ts';

/** Distance that Safari keeps from the live edge is its own affair; this is what "Go live" aims for, seconds. */
const TARGET_SECONDS = 3;

export const canUseNative = (video: HTMLVideoElement) => video.canPlayType('application/vnd.apple.mpegurl') !== '';

type DatedVideo = HTMLVideoElement & { getStartDate?: () => Date };

/** Plays an address natively. */
export function startNative(video: DatedVideo, url: string, on: EngineEvents): Engine {
  // The element reports no status; the same address asked by fetch says why.
  const explain = async () => {
    const reply = await fetch(url, { cache: 'no-store' }).catch(() => null);
    const code = reply && isRefusal(reply.status) ? refusalCode(await reply.text().catch(() => '')) : null;
    if (code) on.refused(code);
    else on.broken(video.error?.code === MediaError.MEDIA_ERR_DECODE ? 'media' : 'network');
  };
  const failed = () => void explain();
  const resized = () => on.levels([{ index: 0, height: video.videoHeight, fps: 0, kilobits: 0, original: false }]);
  const load = () => {
    video.src = url;
    video.load();
  };
  video.addEventListener('error', failed);
  video.addEventListener('resize', resized);
  load();

  return {
    kind: 'native',
    resume: load,
    // The element looks for itself.
    refresh: () => undefined,
    recover: load,
    hold: () => undefined,
    livePosition: () => {
      const { seekable } = video;
      return seekable.length > 0 ? seekable.end(seekable.length - 1) - TARGET_SECONDS : null;
    },
    reach: () => {
      const { seekable } = video;
      const last = seekable.length - 1;
      return last < 0 ? null : { start: seekable.start(last), end: seekable.end(last) };
    },
    playingDateMs: () => {
      const startMs = video.getStartDate?.().getTime() ?? Number.NaN;
      return Number.isNaN(startMs) ? null : startMs + video.currentTime * 1000;
    },
    choose: () => undefined,
    destroy: () => {
      video.removeEventListener('error', failed);
      video.removeEventListener('resize', resized);
      video.removeAttribute('src');
      video.load();
    },
  };
}
