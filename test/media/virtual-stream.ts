/** A stream without a network: packets with made-up sizes and times through the real meter and doctor. */
import type { Advice, HealthReport } from '#contract/health.ts';
import { createDoctor, type Rung } from '../../media/src/health/doctor.ts';
import { InputMeter } from '../../media/src/health/meter.ts';
import type { VideoConfig } from '../../media/src/packager/samples.ts';

export type Second = { readonly atS: number; readonly advices: readonly Advice[] };

/** What the encoder does at a time of the stream, seconds. Every function has a steady default. */
export type Behaviour = {
  readonly promisedFps?: number | null;
  /** Spacing of frames, milliseconds. */
  readonly frameMs?: (atS: number) => number;
  readonly keyframeS?: (atS: number) => number;
  readonly keyBytes?: (atS: number) => number;
  readonly frameBytes?: (atS: number) => number;
  /** This frame is never sent. */
  readonly dropped?: (atS: number, frame: number) => boolean;
  readonly sound?: (atS: number) => 'sound' | 'silent' | 'none';
  readonly picture?: (atS: number) => boolean;
  /** How late a packet arrives, milliseconds; arrival keeps its order all the same. */
  readonly lateMs?: (atS: number) => number;
  readonly bFrames?: (atS: number) => boolean;
  readonly rungs?: (atS: number) => readonly Rung[];
};

const config = (fps: number | null): VideoConfig => ({
  ...{ avcc: Buffer.alloc(0), width: 1280, height: 720, fps, pixelAspect: [1, 1] as const, codec: 'avc1.64001f' },
});
const BODY = Buffer.alloc(2_000_000);
const videoTag = (key: boolean, bytes: number) => {
  const tag = BODY.subarray(0, Math.max(6, bytes));
  tag[0] = key ? 0x17 : 0x27;
  tag[1] = 1;
  return tag;
};
/** What ffmpeg makes of silence in stereo; and an element that is no silence, padded to 128 kb/s. */
const SILENT = Buffer.from('af0121100460 8c1c'.replace(' ', ''), 'hex');
const SOUND = Buffer.concat([Buffer.from('af0140', 'hex'), Buffer.alloc(338, 0x55)]);
const AUDIO_MS = (1024 * 1000) / 48_000;
const START_MS = 1_000_000;

/** Plays so many seconds and returns what was advised after each, with the last report. */
export function play(seconds: number, behaviour: Behaviour): { seconds: Second[]; report: HealthReport } {
  const { promisedFps = 30, frameMs = () => 1000 / 30, keyframeS = () => 2, lateMs = () => 0 } = behaviour;
  const { keyBytes = () => 60_000, frameBytes = () => 9000, dropped = () => false, bFrames = () => false } = behaviour;
  const { sound = () => 'sound', picture = () => true, rungs = () => [] } = behaviour;
  const meter = new InputMeter('virtual', START_MS);
  const doctor = createDoctor();
  meter.tracks({ video: config(promisedFps), audio: null });
  const said: Second[] = [];
  let [videoMs, audioMs, frame, keyMs, arrivedMs, nextReadMs] = [0, 0, 0, Number.NEGATIVE_INFINITY, 0, 1000];

  function readUntil(nowMs: number): void {
    for (; nextReadMs <= nowMs; nextReadMs += 1000) {
      const clockMs = START_MS + nextReadMs;
      const atS = nextReadMs / 1000;
      doctor.observe({
        ...{ atMs: nextReadMs, clockMs, input: meter.read(clockMs), rungs: rungs(atS), recordingFailed: false },
        ...{ viewersByRendition: new Map(), devices: 0 },
      });
      said.push({ atS, advices: doctor.advices });
    }
  }

  function arrive(streamMs: number): number {
    arrivedMs = Math.max(arrivedMs, streamMs + lateMs(streamMs / 1000));
    readUntil(arrivedMs);
    return START_MS + arrivedMs;
  }

  while (Math.min(videoMs, audioMs) < seconds * 1000) {
    if (audioMs < videoMs) {
      const kind = sound(audioMs / 1000);
      const timestampMs = Math.round(audioMs);
      const payload = kind === 'silent' ? SILENT : SOUND;
      if (kind !== 'none') meter.packet({ kind: 'audio', timestampMs, payload }, arrive(audioMs));
      audioMs += AUDIO_MS;
      continue;
    }
    const atS = videoMs / 1000;
    const key = videoMs - keyMs >= keyframeS(atS) * 1000 - 1;
    if (key) keyMs = videoMs;
    if (picture(atS) && (key || !dropped(atS, frame))) {
      const dtsMs = Math.round(videoMs);
      const payload = videoTag(key, (key ? keyBytes : frameBytes)(atS));
      meter.packet({ kind: 'video', timestampMs: dtsMs, payload }, arrive(videoMs));
      const ptsMs = bFrames(atS) ? dtsMs + (frame % 3 === 1 ? 120 : 0) : dtsMs;
      meter.video({ dtsMs, ptsMs, key, data: payload });
    }
    frame += 1;
    videoMs += frameMs(atS);
  }
  readUntil(seconds * 1000);
  return { seconds: said, report: doctor.report(0, nextReadMs) };
}
