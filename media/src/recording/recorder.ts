/**
 * Records one show: each segment of the source rendition gets a second name in the recording's folder, so
 * that no byte is written twice, and a line in the index. What a crash can cost is the open segment.
 */
import { copyFile, link, mkdir, open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { WholeSegment } from '../packager/segments.ts';
import { END, type Entry, entryText, HEADER, INDEX_FILE, type Index, readIndex } from './playlist.ts';

/** `off`: nobody wants it. `stopped`: it is wanted, and the disk does not take it. */
export type RecordingState = 'on' | 'off' | 'stopped';

export type Recorder = {
  readonly state: RecordingState;
  /** Keeps a segment whose file is there. Returns at once. */
  segment(segment: WholeSegment): void;
  /** The show is over. */
  end(): void;
  /** Resolves once everything asked for so far is on disk, or has failed. */
  settled(): Promise<void>;
};

export type RecorderOptions = {
  /** Folder of the source rendition's files. */
  readonly from: string;
  /** Folder of the recording; made when it is needed. */
  readonly folder: string;
  readonly isWanted: () => boolean;
  /** False while the disk is short. */
  readonly hasRoom: () => boolean;
  /** Called where `state` may have changed because of a failure, or because it is over. */
  readonly onFault: (error: unknown) => void;
};

/** More segments than this waiting mean that the disk has stalled: the recording then has a hole. */
const MAX_WAITING = 30;
/** After a power cut the newest files may be there by name only; so many are looked at. */
const CHECKED_ENTRIES = 32;
/** Where a file cannot get a second name: another device, too many names, a file system without links. */
const COPY_INSTEAD = new Set(['EXDEV', 'EMLINK', 'EPERM', 'ENOTSUP']);

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? '';

/** Gives a file a second name, or copies it. What is there by that name was left by a crash. */
async function keep(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') {
      await rm(to);
      return keep(from, to);
    }
    if (!COPY_INSTEAD.has(codeOf(error))) throw error;
    await copyFile(from, to);
  }
}

const bytesOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );

/** Cuts off what a crash or a full disk left behind the last sound entry, and the end mark. Returns that entry. */
async function repair(folder: string): Promise<Entry | null> {
  const path = join(folder, INDEX_FILE);
  const text = await readFile(path, 'latin1').catch(() => null);
  if (text === null) return null;
  const { entries, soundBytes, starts }: Index = readIndex(text);
  let count = entries.length;
  while (count > 0 && count > entries.length - CHECKED_ENTRIES) {
    const newest = entries[count - 1];
    if ((await bytesOf(join(folder, newest?.file ?? ''))) > 0) break;
    count -= 1;
  }
  await truncate(path, starts[count] ?? soundBytes);
  return entries[count - 1] ?? null;
}

/** Appends whole entries; a failure leaves it to the next opening to cut off what was written of one. */
async function openIndex(folder: string) {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let last = await repair(folder);
  const file = await open(join(folder, INDEX_FILE), 'a', 0o600);
  if ((await file.stat()).size === 0) await file.appendFile(HEADER);
  return {
    last: () => last,
    async append(segment: WholeSegment): Promise<void> {
      await file.appendFile(entryText(segment, last));
      last = { ...segment, msn: segment.boundary.msn, seconds: 0, dateMs: 0, breaks: false };
    },
    async end(): Promise<void> {
      await file.appendFile(END);
      await file.datasync();
    },
    close: () => file.close().catch(() => {}),
  };
}
type OpenIndex = Awaited<ReturnType<typeof openIndex>>;

export function createRecorder({ from, folder, isWanted, hasRoom, onFault }: RecorderOptions): Recorder {
  let index: OpenIndex | null = null;
  let tail: Promise<void> = Promise.resolve();
  let waiting = 0;
  let failed = false;
  let over = false;

  /** Does one thing after the other; a failure is told, and the next one begins afresh. */
  function enqueue(work: () => Promise<void>): void {
    waiting += 1;
    tail = tail
      .then(work)
      .then(() => {
        failed = false;
      })
      .catch(async (error: unknown) => {
        failed = true;
        await index?.close();
        index = null;
        onFault(error);
      })
      .finally(() => {
        waiting -= 1;
      });
  }

  async function add(segment: WholeSegment): Promise<void> {
    index ??= await openIndex(folder);
    const { initFile, file } = segment;
    if (index.last()?.initFile !== initFile) await keep(join(from, initFile), join(folder, initFile));
    await keep(join(from, file), join(folder, file));
    await index.append(segment);
  }

  async function close(): Promise<void> {
    // A show of which nothing was recorded leaves no folder.
    if (!index && (await bytesOf(join(folder, INDEX_FILE))) === 0) return;
    index ??= await openIndex(folder);
    await index.end();
    await index.close();
    index = null;
  }

  return {
    get state() {
      if (!isWanted()) return 'off';
      return failed || !hasRoom() ? 'stopped' : 'on';
    },
    segment(segment) {
      if (over || !isWanted() || !hasRoom()) return;
      if (waiting >= MAX_WAITING) {
        failed = true;
        onFault(new Error('the disk of the recordings is too slow'));
        return;
      }
      enqueue(() => add(segment));
    },
    end() {
      if (over) return;
      over = true;
      enqueue(close);
    },
    settled: () => tail,
  };
}
