/** hls.js behind the engine's face. The only importer of hls.js. */
import Hls, { type ErrorData, type HlsConfig, type Level as HlsLevel, type RetryConfig } from 'hls.js';
import workerPath from 'hls.js/dist/hls.worker.js?url';
import { fallback, isFresh, isRefusal, plainDistance, refusalCode } from './rules.ts';
import type { Engine, EngineEvents, Level } from './types.ts';

const isClientFault = (status: number) => status >= 400 && status <= 499;

/**
 * A server that is being restarted refuses connections for a moment, which has no status. hls.js would
 * not repeat that and would change the rendition instead, which costs a picture that was buffered well.
 */
const shouldRetry: RetryConfig['shouldRetry'] = (config, count, _isTimeout, response) =>
  count < (config?.maxNumRetry ?? 0) && !isClientFault(response?.code ?? 0);

const retry = (maxNumRetry: number): RetryConfig => ({
  maxNumRetry,
  retryDelayMs: 300,
  maxRetryDelayMs: 1000,
  shouldRetry,
});

/** Requests give up soon, because the controller above repeats them with a back-off of its own. */
const loading = (maxTimeToFirstByteMs: number, retries: number) => ({
  default: {
    maxTimeToFirstByteMs,
    maxLoadTimeMs: 20_000,
    timeoutRetry: retry(retries),
    errorRetry: retry(retries),
  },
});

/** A rendition that failed is not tried again for this long. */
const PENALTY_MS = 20_000;

const CONFIG: Partial<HlsConfig> = {
  workerPath,
  lowLatencyMode: true,
  // The distance from the live edge is the playlist's PART-HOLD-BACK, or ours where there are no parts.
  maxLiveSyncPlaybackRate: 1,
  // Each stall moves the target away a little; the default of a second would add up to a segment.
  liveSyncOnStallIncrease: 0.1,
  backBufferLength: 30,
  maxBufferLength: 12,
  maxMaxBufferLength: 30,
  startLevel: -1,
  testBandwidth: false,
  abrEwmaDefaultEstimate: 4_000_000,
  capLevelToPlayerSize: true,
  errorPenaltyExpireMs: PENALTY_MS,
  manifestLoadPolicy: loading(8000, 1),
  // Ten seconds: media is killed, started again and waits for its encoder.
  playlistLoadPolicy: loading(10_000, 12),
  fragLoadPolicy: loading(8000, 4),
};

export const canUseHls = () => Hls.isSupported();

function bodyOf(data: ErrorData): string {
  const request: unknown = data.networkDetails;
  return request instanceof XMLHttpRequest && (request.responseType === '' || request.responseType === 'text')
    ? request.responseText
    : '';
}

const SOURCE_PLAYLIST = /\/source\.m3u8(?:\?|$)/;

const describe = (level: HlsLevel, index: number): Level => ({
  index,
  height: level.height,
  fps: Math.round(level.frameRate),
  kilobits: Math.round(level.bitrate / 1000),
  original: SOURCE_PLAYLIST.test(level.uri),
});

/**
 * Begins each init segment with a fresh parser. Otherwise the first sound after a discontinuity is
 * compared with the last before it; where they do not meet within two frames (B-frames are enough),
 * Media Source drops the picture up to the next keyframe.
 */
function parseAfresh(hls: Hls): void {
  let buffers: SourceBuffer[] = [];
  hls.on(Hls.Events.BUFFER_CREATED, (_event, { tracks }) => {
    buffers = Object.values(tracks).flatMap(({ buffer }) => buffer ?? []);
  });
  hls.on(Hls.Events.BUFFER_RESET, () => {
    buffers = [];
  });
  hls.on(Hls.Events.BUFFER_CODECS, () => {
    for (const buffer of buffers) if (!buffer.updating) buffer.abort();
  });
}

/** A rendition that is shed lists gaps from there on: another one takes its place, and it rests for a while. */
function leaveGaps(hls: Hls): void {
  hls.on(Hls.Events.ERROR, (_event, { details, frag }) => {
    const shed = details === Hls.ErrorDetails.FRAG_GAP ? hls.levels[frag?.level ?? -1] : undefined;
    if (!shed) return;
    const nowMs = performance.now();
    shed.loadError += 1;
    shed.loadErrorTime = nowMs;
    const next = fallback(
      hls.levels.map(({ bitrate, loadError, loadErrorTime }) => ({
        bitrate,
        usable: loadError === 0 || nowMs - loadErrorTime > PENALTY_MS,
      })),
      shed.bitrate,
    );
    if (next === null) return;
    hls.loadLevel = -1;
    hls.nextAutoLevel = next;
  });
}

/**
 * Without parts the playlist's distance from the edge is three times the longest segment that may ever
 * come. The segments that do come tell better.
 */
function comeNearer(hls: Hls): void {
  let given: number | null = null;
  hls.on(Hls.Events.LEVEL_LOADED, (_event, { details }) => {
    if (!details.live || (details.partList && given === null)) return;
    const plain = () => plainDistance(details.fragments.map(({ duration }) => duration));
    const wished = details.partList ? details.partHoldBack : plain();
    // Setting it forgets the stalls that have moved it away, so only where it changes.
    if (wished === given) return;
    given = wished;
    hls.targetLatency = wished;
  });
}

/**
 * hls.js takes a segment for loaded that lacks up to 0.2 s. Where its last part is shorter than that, and is
 * listed while the one before it is being parsed, hls.js neither loads it nor goes on: the picture stalls. So a
 * segment counts as incomplete as long as a part of it is listed that has not been loaded.
 */
function wantLastParts(hls: Hls): void {
  hls.on(Hls.Events.FRAG_PARSED, (_event, { frag, part }) => {
    const listed = hls.levels[frag.level]?.details?.partList ?? [];
    const lacks = part !== null && listed.some((one) => one.fragment.sn === frag.sn && !one.loaded && !one.gap);
    for (const stream of Object.values(frag.elementaryStreams)) if (stream) stream.partial = lacks;
  });
}

/** When the playlist last grew, monotonic milliseconds. */
function watchGrowth(hls: Hls): () => number {
  let grownMs = Number.NEGATIVE_INFINITY;
  hls.on(Hls.Events.LEVEL_LOADED, (_event, { details }) => {
    if (details.advanced) grownMs = performance.now();
  });
  return () => grownMs;
}

/** Starts hls.js on a video element. */
export function startHls(video: HTMLVideoElement, url: string, on: EngineEvents): Engine {
  const hls = new Hls(CONFIG);
  let parsed = false;
  let refused = false;

  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    parsed = true;
    on.levels(hls.levels.map(describe));
  });
  hls.on(Hls.Events.LEVEL_SWITCHED, (_event, data) => on.level(data.level, hls.autoLevelEnabled));
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
  parseAfresh(hls);
  leaveGaps(hls);
  comeNearer(hls);
  wantLastParts(hls);
  const grownMs = watchGrowth(hls);
  hls.attachMedia(video);
  hls.loadSource(url);

  return {
    kind: 'hls',
    resume: () => {
      refused = false;
      if (!parsed) hls.loadSource(url);
      else hls.startLoad(-1);
    },
    refresh: () => {
      // A request that media held may have brought the news already.
      if (!parsed || isFresh(performance.now(), grownMs())) return;
      const { details } = hls.levels[hls.loadLevel] ?? {};
      // Otherwise the load that is started waits for the time of the next look.
      if (details) details.requestScheduled = 0;
      hls.startLoad(-1);
    },
    recover: () => hls.recoverMediaError(),
    hold: () => hls.stopLoad(),
    livePosition: () => hls.liveSyncPosition,
    reach: () => {
      const details = hls.latestLevelDetails;
      return details ? { start: details.fragmentStart, end: details.edge } : null;
    },
    playingDateMs: () => hls.playingDate?.getTime() ?? null,
    choose: (level) => {
      hls.nextLevel = level;
    },
    destroy: () => hls.destroy(),
  };
}
