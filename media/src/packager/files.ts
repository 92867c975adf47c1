/** The files of one rendition. Each is written under a temporary name and published by rename. */
import { close, mkdir, open, rename, unlink, writev } from 'node:fs';
import { join } from 'node:path';

/** More waiting jobs than this mean that the disk has stalled; further parts are given up. */
const MAX_JOBS = 50;

type Done = (error: Error | null) => void;
type Job = { run: (done: Done) => void; done: Done };

const names = {
  init: (msn: number) => `init-${msn}.mp4`,
  part: (msn: number, index: number) => `part-${msn}.${index}.m4s`,
  segment: (msn: number) => `seg-${msn}.m4s`,
};
export const fileNames = names;

function writeAll(fd: number, buffers: readonly Buffer[], done: Done): void {
  const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  writev(fd, buffers as Buffer[], (error, written) => {
    done(error ?? (written === total ? null : new Error(`short write: ${written} of ${total} bytes`)));
  });
}

/**
 * Writes in order, one job at a time, and never blocks the event loop: a slow disk delays this
 * rendition only. A segment whose file failed once stays unpublished.
 */
export class RenditionFiles {
  readonly directory: string;
  readonly #jobs: Job[] = [];
  #running = false;
  #segmentFd: number | null = null;
  /** Segments of which a part could not be written. */
  readonly #broken = new Set<number>();

  constructor(directory: string) {
    this.directory = directory;
    this.#add({ run: (done) => mkdir(directory, { recursive: true, mode: 0o755 }, done), done: () => {} });
  }

  init(msn: number, bytes: Buffer, done: Done): void {
    this.#add({ run: (next) => this.#publish(names.init(msn), [bytes], next), done });
  }

  /** Publishes a part and appends it to the open segment. */
  part(msn: number, index: number, buffers: readonly Buffer[], done: Done): void {
    if (this.#jobs.length >= MAX_JOBS) {
      this.#broken.add(msn);
      done(new Error('the disk is too slow'));
      return;
    }
    const run = (next: Done) =>
      this.#publish(names.part(msn, index), buffers, (error) => {
        if (error) this.#broken.add(msn);
        if (error) next(error);
        else this.#append(msn, index, buffers, next);
      });
    this.#add({ run, done });
  }

  /** Publishes the open segment as a whole; `done` gets an error where it is not whole. */
  segment(msn: number, done: Done): void {
    this.#add({ run: (next) => this.#closeSegment(msn, next), done });
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

  #publish(name: string, buffers: readonly Buffer[], done: Done): void {
    const path = join(this.directory, name);
    const temporary = `${path}.tmp`;
    open(temporary, 'w', 0o644, (openError, fd) => {
      if (openError) return done(openError);
      writeAll(fd, buffers, (writeError) => {
        close(fd, (closeError) => {
          const error = writeError ?? closeError;
          if (error) return unlink(temporary, () => done(error));
          rename(temporary, path, done);
        });
      });
    });
  }

  #append(msn: number, index: number, buffers: readonly Buffer[], done: Done): void {
    const write = (fd: number) =>
      writeAll(fd, buffers, (error) => {
        if (error) this.#broken.add(msn);
        // The part itself is out; only the whole segment will be missing.
        done(null);
      });
    if (this.#segmentFd !== null) {
      write(this.#segmentFd);
      return;
    }
    if (index > 0) this.#broken.add(msn);
    open(join(this.directory, `${names.segment(msn)}.tmp`), 'w', 0o644, (error, fd) => {
      if (error) {
        this.#broken.add(msn);
        return done(null);
      }
      this.#segmentFd = fd;
      write(fd);
    });
  }

  #closeSegment(msn: number, done: Done): void {
    const fd = this.#segmentFd;
    const broken = this.#broken.delete(msn);
    this.#segmentFd = null;
    if (fd === null) {
      done(new Error('no segment is open'));
      return;
    }
    const path = join(this.directory, names.segment(msn));
    close(fd, (error) => {
      if (error || broken) return unlink(`${path}.tmp`, () => done(error ?? new Error('a part of it was not written')));
      rename(`${path}.tmp`, path, done);
    });
  }
}
