/** What media keeps on disk: who may write there, for how long it stays, and what goes first where room is short. */
import { join } from 'node:path';
import type { Config } from '#config/index.ts';
import { watchDisk } from './disk.ts';
import { mayGoBefore, sweepMedia } from './janitor.ts';
import type { Log } from './log.ts';
import { FILE_GRACE_S } from './packager/addresses.ts';
import { closeAbandoned, removeExpired } from './recording/archive.ts';
import { createRecorder } from './recording/recorder.ts';
import type { ShowEnvironment } from './shows/environment.ts';
import type { Show } from './shows/show.ts';

export type StorageOptions = {
  readonly config: Config;
  readonly log: Log;
  /** Not asked before this function has returned. */
  readonly shows: () => ReadonlyMap<string, Show>;
  /** Disk is short, or has room again. */
  readonly onChange: () => void;
};

export async function startStorage({ config, log, shows, onChange }: StorageOptions) {
  const { mediaDir, recordingsDir, recordingDays } = config;
  const startedMs = Date.now();
  const archive = {
    dir: recordingsDir,
    days: recordingDays,
    isRunning: (showId: string) => shows().get(showId)?.ended === false,
    onRemoved: (showId: string) => log.info({ showId }, 'an expired recording was removed'),
  };
  async function sweep(): Promise<void> {
    const nowMs = Date.now();
    await removeExpired(archive, nowMs);
    await sweepMedia(
      mediaDir,
      (showId) => mayGoBefore(shows().get(showId)?.windowSeconds ?? null, FILE_GRACE_S, startedMs, nowMs),
      (showId) => shows().has(showId),
    );
  }
  const onError = (err: unknown) => log.error({ err }, 'the disk watch failed');
  const disk = await watchDisk({
    mediaDir,
    recordingsDir,
    floorPercent: config.diskFloorPercent,
    sweep,
    onShort(short, freePercent) {
      log.warn({ short, freePercent }, short ? 'disk is short' : 'disk has room again');
      for (const show of short ? shows().values() : []) show.shed();
      onChange();
    },
    onError,
  });
  const recorderOf: ShowEnvironment['createRecorder'] = ({ showId, isWanted, onFault }) =>
    createRecorder({
      from: join(mediaDir, showId, 'source'),
      folder: join(recordingsDir, showId),
      isWanted: () => recordingDays > 0 && isWanted(),
      hasRoom: disk.hasRoomForRecordings,
      onFault,
    });
  return {
    disk,
    createRecorder: recorderOf,
    /** Clears up what earlier runs have left. What cannot be cleared up, on a full disk say, keeps nobody from going live. */
    async clearUp(): Promise<void> {
      await sweep().catch(onError);
      await closeAbandoned(archive).catch(onError);
    },
  };
}
