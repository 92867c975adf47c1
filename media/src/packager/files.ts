/**
 * The files of one rendition: init segments, and one file a segment that grows by its parts. A part is a
 * range of that file, so that what it costs is one write: on ext4 making and deleting a small file for each
 * part cost more than everything else that a stream needs.
 */
import { close, mkdir, open, rename, unlink, write } from 'node:fs';
import { join } from 'node:path';
import type { PartBytes } from './arena.ts';

/** More waiting jobs than this mean that the disk has stalled; further parts are given up. */
const MAX_JOBS = 50;

type Done = (error: Error | null) => void;
type Job = { run: (done: Done) => void; done: Done };
type OpenSegment = { readonly msn: number; readonly fd: number; bytes: number };

const names = {
  init: (msn: number) => `init-${msn}.mp4`,
  segment: (msn: number) => `seg-${msn}.m4s`,
};
export const fileNames = names;

function writeAll(fd: number, bytes: Buffer, position: number, done: Done): void {
  write(fd, bytes, 0, bytes.length, position, (error, written) => {
    done(error ?? (written === bytes.length ? null : new Error(`short write: ${written} of ${bytes.length} bytes`)));
  });
}

/**
 * Writes in order, one job at a time, and never blocks the event loop: a slow disk delays this
 * rendition only. After a part that failed, nothing more is written to its segment.
 */
export class RenditionFiles {
  readonly directory: string;
  readonly #jobs: Job[] = [];
  #running = false;
  #open: OpenSegment | null = null;
  /** Segments of which a part could not be written. */
  readonly #broken = new Set<number>();

  constructor(directory: string) {
    this.directory = directory;
    this.#add({ run: (done) => mkdir(directory, { recursive: true, mode: 0o755 }, done), done: () => {} });
  }

  /** Publishes an init segment by rename: it is never seen in part. */
  init(msn: number, bytes: Buffer, done: Done): void {
    const path = join(this.directory, names.init(msn));
    this.#add({ run: (next) => this.#publish(path, bytes, next), done });
  }

  /** Appends a part to its segment's file; it may be read once `done` was called without an error. */
  part(msn: number, { bytes, release }: PartBytes, done: Done): void {
    if (this.#jobs.length >= MAX_JOBS) {
      this.#broken.add(msn);
      release();
      // In its turn: what is listed has to keep its order.
      this.#add({ run: (next) => next(new Error('the disk is too slow')), done });
      return;
    }
    const after: Done = (error) => {
      release();
      if (error) this.#broken.add(msn);
      done(error);
    };
    this.#add({ run: (next) => this.#append(msn, bytes, next), done: after });
  }

  /** Nothing more comes to this segment; `done` gets an error where it is not whole. */
  segment(msn: number, done: Done): void {
    this.#add({ run: (next) => this.#close(msn, next), done });
  }

  /** Calls back once everything asked for so far has been written. */
  settled(done: () => void): void {
    this.#add({ run: (next) => next(null), done });
  }

  /** Removes a file; one that is not there is as good as removed. */
  remove(name: string): void {
    unlink(join(this.directory, name), () => {});
  }

  #add(job: Job): void {
    this.#jobs.push(job);
    if (!this.#running) this.#next();
  }

  #next(): void {
    const job = this.#jobs.shift();
    this.#running = job !== undefined;
    job?.run((error) => {
      job.done(error);
      this.#next();
    });
  }

  #publish(path: string, bytes: Buffer, done: Done): void {
    const temporary = `${path}.tmp`;
    open(temporary, 'w', 0o644, (openError, fd) => {
      if (openError) return done(openError);
      writeAll(fd, bytes, 0, (writeError) => {
        close(fd, (closeError) => {
          const error = writeError ?? closeError;
          if (error) return unlink(temporary, () => done(error));
          rename(temporary, path, done);
        });
      });
    });
  }

  #append(msn: number, bytes: Buffer, done: Done): void {
    // Where a part is missing, what follows would stand in its place.
    if (this.#broken.has(msn)) done(new Error('an earlier part of the segment was not written'));
    else if (this.#open?.msn === msn) this.#write(this.#open, bytes, done);
    else this.#begin(msn, bytes, done);
  }

  #begin(msn: number, bytes: Buffer, done: Done): void {
    open(join(this.directory, names.segment(msn)), 'w', 0o644, (error, fd) => {
      if (error) return done(error);
      this.#open = { msn, fd, bytes: 0 };
      this.#write(this.#open, bytes, done);
    });
  }

  #write(segment: OpenSegment, bytes: Buffer, done: Done): void {
    writeAll(segment.fd, bytes, segment.bytes, (error) => {
      if (!error) segment.bytes += bytes.length;
      done(error);
    });
  }

  #close(msn: number, done: Done): void {
    const broken = this.#broken.delete(msn);
    const current = this.#open;
    this.#open = null;
    if (!current) {
      done(new Error('no part of the segment was written'));
      return;
    }
    close(current.fd, (error) => done(error ?? (broken ? new Error('a part of the segment was not written') : null)));
  }
}
