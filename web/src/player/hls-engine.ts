/** hls.js behind the engine's face. The only importer of hls.js. */
import Hls, { type ErrorData, type HlsConfig } from 'hls.js';
import workerPath from 'hls.js/dist/hls.worker.js?url';
import { isRefusal, refusalCode } from './rules.ts';
import type { Engine, EngineEvents } from './types.ts';

const retry = (maxNumRetry: number) => ({ maxNumRetry, retryDelayMs: 300, maxRetryDelayMs: 2000 });

/** Requests give up soon, because the controller above repeats them with a back-off of its own. */
const loading = (maxTimeToFirstByteMs: number, retries: number) => ({
  default: {
    maxTimeToFirstByteMs,
    maxLoadTimeMs: 20_000,
    timeoutRetry: retry(retries),
    errorRetry: retry(retries),
  },
});

const CONFIG: Partial<HlsConfig> = {
  workerPath,
  lowLatencyMode: true,
  // The distance from the live edge is the playlist's: PART-HOLD-BACK, or HOLD-BACK where media has
  // shed latency. A number of ours would override both and stall on the plain playlist.
  maxLiveSyncPlaybackRate: 1,
  // Each stall moves the target away a little; the default of a second would add up to a segment.
  liveSyncOnStallIncrease: 0.2,
  backBufferLength: 30,
  maxBufferLength: 12,
  maxMaxBufferLength: 30,
  startLevel: -1,
  testBandwidth: false,
  abrEwmaDefaultEstimate: 4_000_000,
  capLevelToPlayerSize: true,
  manifestLoadPolicy: loading(8000, 1),
  playlistLoadPolicy: loading(10_000, 2),
  fragLoadPolicy: loading(8000, 4),
};

export const canUseHls = () => Hls.isSupported();

function bodyOf(data: ErrorData): string {
  const request: unknown = data.networkDetails;
  return request instanceof XMLHttpRequest && (request.responseType === '' || request.responseType === 'text')
    ? request.responseText
    : '';
}

/** Starts hls.js on a video element. */
export function startHls(video: HTMLVideoElement, url: string, on: EngineEvents): Engine {
  const hls = new Hls(CONFIG);
  let parsed = false;
  let refused = false;

  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    parsed = true;
    on.levels(
      hls.levels.map((level, index) => ({
        index,
        height: level.height,
        kilobits: Math.round(level.bitrate / 1000),
      })),
    );
  });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_event, data) => on.level(data.level));
  hls.on(Hls.Events.ERROR, (_event, data) => {
    const status = data.response?.code ?? 0;
    const code = isRefusal(status) ? refusalCode(bodyOf(data)) : null;
    if (code) {
      hls.stopLoad();
      if (!refused) on.refused(code);
      refused = true;
      return;
    }
    if (!data.fatal) {
      if (data.type === Hls.ErrorTypes.NETWORK_ERROR) on.hiccup();
      return;
    }
    on.broken(data.type === Hls.ErrorTypes.MEDIA_ERROR ? 'media' : 'network');
  });
  hls.attachMedia(video);
  hls.loadSource(url);

  return {
    kind: 'hls',
    resume: () => {
      refused = false;
      if (!parsed) hls.loadSource(url);
      else hls.startLoad(-1);
    },
    recover: () => hls.recoverMediaError(),
    hold: () => hls.stopLoad(),
    livePosition: () => hls.liveSyncPosition,
    targetSeconds: () => hls.targetLatency ?? 0,
    playingDateMs: () => hls.playingDate?.getTime() ?? null,
    choose: (level) => {
      hls.nextLevel = level;
    },
    destroy: () => hls.destroy(),
  };
}
