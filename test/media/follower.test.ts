/** What a transcoded rendition lists where its frames end at an awkward place. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Follower } from '../../media/src/packager/follower.ts';
import { Rendition } from '../../media/src/packager/rendition.ts';
import type { Tracks } from '../../media/src/packager/samples.ts';
import { mediaPlaylist } from '../../media/src/playlists/render.ts';
import { lintMedia } from '../kit/playlist-lint.ts';
import { newId } from './rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'stagedoor-follower-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FRAME_MS = 40;
const tracks: Tracks = {
  video: { avcc: Buffer.alloc(16), width: 640, height: 360, fps: 25, pixelAspect: [1, 1], codec: 'avc1.64001f' },
  audio: null,
};

/** Feeds pictures from the show's second 0 on; the source cuts every two seconds. */
function play() {
  const rendition = new Rendition({
    ...{ showId: newId('shw'), name: '360p', mediaDir: folder, addressSecret: 'secret' },
    windowSeconds: () => 60,
    graceSeconds: () => 0,
    onChange() {},
    onFileError(error) {
      throw error;
    },
  });
  const follower = new Follower({ rendition, partMs: 200 });
  follower.begin(tracks, 500_000);
  const cut = (msn: number) => {
    const startMs = msn * 2000;
    follower.boundary({ msn, discontinuity: 0, breaks: false, startMs, ptsMs: startMs, dateMs: startMs });
  };
  /** The pictures that begin in this time, in milliseconds. */
  const pictures = (fromMs: number, untilMs: number) => {
    for (let ms = fromMs; ms < untilMs; ms += FRAME_MS)
      follower.video({ dtsMs: ms, ptsMs: ms, key: ms % 2000 === 0, data: Buffer.alloc(50) });
  };
  const listed = async () => {
    await rendition.settled();
    return rendition.segments.map(({ boundary, durationMs, state }) => `${boundary.msn} ${state} ${durationMs}`);
  };
  return { rendition, follower, cut, pictures, listed };
}

test('a run that ends with the first picture of a segment: that one lasts a picture', async () => {
  const { rendition, follower, cut, pictures, listed } = play();
  cut(0);
  pictures(0, 2000);
  cut(1);
  pictures(2000, 2000 + FRAME_MS);
  follower.finish(2000 + FRAME_MS);
  expect(await listed()).toEqual(['0 whole 2000', `1 whole ${FRAME_MS}`]);
  expect(lintMedia(mediaPlaylist(rendition, { plain: false, skip: false })).findings).toEqual([]);
});

test('the only picture of a run lasts a moment too', async () => {
  const { follower, cut, pictures, listed } = play();
  cut(0);
  pictures(0, FRAME_MS);
  follower.finish(FRAME_MS);
  expect(await listed()).toEqual(['0 whole 33']);
});

test('what is missing is listed behind what is still being written', async () => {
  const { rendition, follower, cut, pictures, listed } = play();
  cut(0);
  pictures(0, FRAME_MS * 2);
  cut(1);
  cut(2);
  follower.finish(5000);
  expect(await listed()).toEqual(['0 whole 80', '1 gap 2000', '2 gap 1000']);
  expect(rendition.hint).toBeNull();
});

test('an encoder that dies with the first picture of a segment: the list keeps its order', async () => {
  const { follower, cut, pictures, listed } = play();
  cut(0);
  pictures(0, FRAME_MS);
  cut(1);
  cut(2);
  follower.suspend();
  follower.finish(5000);
  expect(await listed()).toEqual(['0 gap 2000', '1 gap 2000', '2 gap 1000']);
});

test('a picture that stands still over a whole segment: none lasts longer than the source cut it', async () => {
  const { rendition, cut, pictures, listed } = play();
  cut(0);
  cut(1);
  cut(2);
  pictures(0, 2000);
  pictures(4000, 4000 + FRAME_MS);
  expect(await listed()).toEqual(['0 whole 2000', '1 gap 2000']);
  // What is announced is what comes, not what is missing.
  expect(rendition.hint).toMatchObject({ msn: 2, index: 0 });
});
