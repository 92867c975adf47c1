/**
 * Keeps a viewer who follows the live edge near it. Ten times a second it looks how much is buffered
 * ahead; what has not been needed for a while is won back by one jump within the buffer. And after a
 * stall it starts playback again as soon as there is something to play.
 */
import type { Playback } from './playback.ts';
import { isStuck, quietJump, SLACK_WINDOW_MS } from './rules.ts';
import type { Engine } from './types.ts';

const LOOK_EVERY_MS = 100;

type Parts = {
  video: HTMLVideoElement;
  playback: Playback;
  engine: () => Engine | null;
  following: () => boolean;
};

/** Seconds that can be played from here on without loading. */
function aheadOf({ buffered, currentTime }: HTMLVideoElement): number {
  for (let i = 0; i < buffered.length; i++) {
    if (buffered.start(i) <= currentTime + 0.05 && currentTime < buffered.end(i)) return buffered.end(i) - currentTime;
  }
  return 0;
}

/** Starts looking. Returns stop. */
export function keepNearEdge({ video, playback, engine, following }: Parts): () => void {
  let slacks: number[] = [];
  let stalls: number[] = [];
  let jumpMs = Number.NEGATIVE_INFINITY;
  let position = -1;
  let movedMs = performance.now();
  let startedMs = Number.NEGATIVE_INFINITY;

  function stalled() {
    slacks = [];
    if (video.seeking || playback.held()) return;
    stalls = [...stalls.slice(-9), performance.now()];
  }
  function jump(seconds: number, nowMs: number) {
    slacks = [];
    jumpMs = nowMs;
    movedMs = nowMs;
    video.currentTime += seconds;
  }
  function look() {
    const nowMs = performance.now();
    const ahead = aheadOf(video);
    if (video.currentTime !== position || video.paused || video.seeking) {
      position = video.currentTime;
      movedMs = nowMs;
    }
    // Browsers want more in the buffer after each stall before they go on; a seek makes them forget that.
    if (isStuck({ nowMs, movedMs, startedMs, aheadSeconds: ahead, starved: video.readyState < 3 })) {
      startedMs = nowMs;
      return jump(0.001, nowMs);
    }
    const live = engine()?.livePosition() ?? null;
    if (video.paused || video.seeking || !following() || live === null) {
      slacks = [];
      return;
    }
    slacks = [...slacks.slice(1 - SLACK_WINDOW_MS / LOOK_EVERY_MS), ahead];
    if (slacks.length < SLACK_WINDOW_MS / LOOK_EVERY_MS) return;
    const behindSeconds = live - video.currentTime;
    const gain = quietJump({ behindSeconds, slackSeconds: Math.min(...slacks), stalls, nowMs, jumpMs });
    if (gain > 0) jump(gain, nowMs);
  }

  video.addEventListener('waiting', stalled);
  const timer = setInterval(look, LOOK_EVERY_MS);
  return () => {
    video.removeEventListener('waiting', stalled);
    clearInterval(timer);
  };
}
