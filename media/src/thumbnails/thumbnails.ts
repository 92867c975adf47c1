/** A live picture of each show, taken from the source's keyframes while everybody may watch it. */
import { mkdir, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signAddress } from '#contract/grant.ts';
import type { WantedShow } from '#contract/media-port.ts';
import type { Tracks, VideoConfig, VideoFrame } from '../packager/samples.ts';
import { annexB } from './annexb.ts';
import { createEasel, type Easel } from './easel.ts';
import { expiryOf, isDue, mayTake, nameOf, needsRenewal, outdated, THUMBNAIL_FOLDER } from './rules.ts';

/** A larger keyframe is passed over, bytes. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;
/** How long frames of several shows are gathered: a quarter of the period, and at most so many milliseconds. */
const MAX_GATHER_MS = 5000;

export type ThumbnailOptions = {
  readonly mediaDir: string;
  readonly pidDir: string;
  readonly addressSecret: string;
  /** Between two pictures of a show, seconds; 0: none are taken. */
  readonly periodSeconds: number;
  readonly onError: (showId: string, error: unknown) => void;
};

/** The pictures of one show. */
export type ShowPictures = {
  /** A run of frames begins. */
  tracks(tracks: Tracks): void;
  /** Every frame of the source; costs nothing unless a picture is due. */
  video(frame: VideoFrame): void;
  /** Signed address of the newest picture, or null. `playing`: newer ones are to be expected. */
  address(nowMs: number, playing: boolean): string | null;
  /** The show is over: nothing of it stays. */
  end(): void;
};

export type Thumbnails = {
  of(showId: string, wanted: () => WantedShow, onChange: () => void): ShowPictures;
  stop(): void;
};

async function publish(folder: string, name: string, jpeg: Buffer): Promise<void> {
  const path = join(folder, name);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFile(`${path}.tmp`, jpeg, { mode: 0o644 });
  await rename(`${path}.tmp`, path);
  for (const old of outdated(await readdir(folder))) await unlink(join(folder, old)).catch(() => undefined);
}

function showPictures(
  options: ThumbnailOptions,
  easel: Easel,
  { showId, wanted, onChange }: { showId: string; wanted: () => WantedShow; onChange: () => void },
): ShowPictures {
  const { periodSeconds, addressSecret, mediaDir } = options;
  const folder = join(mediaDir, showId, THUMBNAIL_FOLDER);
  let config: VideoConfig | null = null;
  let askedMs: number | null = null;
  let waits = false;
  let failed = false;
  let ended = false;
  let newest: { readonly name: string; readonly address: string; readonly expires: number } | null = null;

  function sign(name: string, nowMs: number) {
    const expires = expiryOf(nowMs, periodSeconds);
    const path = `/media/${showId}/${THUMBNAIL_FOLDER}/${name}`;
    newest = { name, expires, address: signAddress(addressSecret, path, expires) };
  }

  async function drawn(jpeg: Buffer | null): Promise<void> {
    waits = false;
    failed = jpeg === null;
    // Whatever happened while it was drawn: what may not be seen now is not shown.
    if (!jpeg || ended || !mayTake(wanted())) return;
    const nowMs = Date.now();
    const name = nameOf(nowMs);
    await publish(folder, name, jpeg);
    if (ended) return clear();
    sign(name, nowMs);
    onChange();
  }

  const clear = () => rm(folder, { recursive: true, force: true });
  const quietly = (work: Promise<void>) => void work.catch((error: unknown) => options.onError(showId, error));

  return {
    tracks(tracks) {
      config = tracks.video;
    },
    video(frame) {
      if (!frame.key || !config || ended || waits || frame.data.length > MAX_FRAME_BYTES) return;
      const nowMs = Date.now();
      if (!isDue(askedMs, nowMs, periodSeconds * 1000) || !mayTake(wanted())) return;
      const first = newest === null;
      askedMs = nowMs;
      waits = true;
      easel.add({ frame: annexB(config, frame), first, alone: failed, done: (jpeg) => quietly(drawn(jpeg)) });
    },
    address(nowMs, playing) {
      if (!newest) return null;
      const nextComes = playing && mayTake(wanted());
      if (!nextComes && needsRenewal(newest.expires, nowMs, periodSeconds)) sign(newest.name, nowMs);
      return newest.expires > nowMs / 1000 ? newest.address : null;
    },
    end() {
      if (ended) return;
      ended = true;
      newest = null;
      quietly(clear());
    },
  };
}

const NONE: ShowPictures = { tracks() {}, video() {}, address: () => null, end() {} };

/** Returns what makes a show's pictures, and stop. */
export function createThumbnails(options: ThumbnailOptions): Thumbnails {
  const easel = createEasel(options.pidDir, Math.min(MAX_GATHER_MS, options.periodSeconds * 250));
  return {
    of(showId, wanted, onChange) {
      if (options.periodSeconds === 0) return NONE;
      return showPictures(options, easel, { showId, wanted, onChange });
    },
    stop: easel.stop,
  };
}
