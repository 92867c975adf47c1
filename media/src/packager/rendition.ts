/**
 * One rendition of a show: its segments and parts as the playlist lists them, kept in step with its
 * files. Nothing is listed before its file has been published.
 */
import { signAddress } from '#contract/grant.ts';
import { fileNames, RenditionFiles } from './files.ts';
import { TARGET_DURATION_S } from './rules.ts';
import type { Boundary } from './samples.ts';

/** Parts are listed in the newest segments only; RFC 8216bis wants them gone after 3 target durations. */
export const LISTED_PART_SEGMENTS = 3;
/** Part files live one segment longer than they are listed, for readers of the last playlist. */
const KEPT_PART_SEGMENTS = LISTED_PART_SEGMENTS + 1;
/** How long a file outlives the window, seconds; also part of every signed address. */
export const FILE_GRACE_S = 60;
/** An init segment holds no picture; it has to be readable as long as one broadcast may last, seconds. */
const INIT_ADDRESS_S = 7 * 24 * 3600;

type Part = {
  readonly index: number;
  readonly address: string;
  readonly durationMs: number;
  readonly independent: boolean;
};

export type Segment = {
  readonly boundary: Boundary;
  readonly initAddress: string;
  readonly address: string;
  readonly madeMs: number;
  durationMs: number;
  bytes: number;
  parts: Part[];
  /** `open`: parts are still coming. `gap`: it will never be there. */
  state: 'open' | 'whole' | 'gap';
};

export type RenditionOptions = {
  readonly showId: string;
  readonly name: string;
  readonly mediaDir: string;
  readonly addressSecret: string;
  readonly windowSeconds: () => number;
  readonly onChange: () => void;
  readonly onFileError: (error: Error) => void;
};

/** What the master playlist says of a rendition. */
export type RenditionInfo = {
  readonly codecs: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly fps: number | null;
  /** Promised peak, bits a second; null: measured. */
  readonly bandwidth: number | null;
};

export class Rendition {
  readonly name: string;
  /** Oldest first. */
  readonly segments: Segment[] = [];
  info: RenditionInfo | null = null;
  /** Largest part so far, milliseconds. */
  largestPartMs = 0;
  /** Rises with every change that a playlist shows. */
  version = 0;
  ended = false;
  bytesWritten = 0;
  partsWritten = 0;
  /** Parts that the disk has not taken yet. */
  partsWaiting = 0;
  readonly #options: RenditionOptions;
  readonly #files: RenditionFiles;
  readonly #doomed: { atMs: number; name: string }[] = [];
  #initAddress = '';
  #peakBits = 0;
  #filling: Segment | null = null;
  #nextIndex = 0;
  #hint: { msn: number; index: number; address: string } | null = null;

  constructor(options: RenditionOptions) {
    this.name = options.name;
    this.#options = options;
    this.#files = new RenditionFiles(`${options.mediaDir}/${options.showId}/${options.name}`);
  }

  /** The address of the part that comes next; null while nothing is being made. */
  get hint(): string | null {
    return this.#hint?.address ?? null;
  }

  /** True where this part is announced, so that a request for it may wait. */
  isHinted(msn: number, index: number): boolean {
    return this.#hint?.msn === msn && this.#hint.index === index;
  }

  /** Bits a second that the master playlist promises. */
  get bandwidth(): number {
    if (this.info?.bandwidth) return this.info.bandwidth;
    if (this.#peakBits > 0) return this.#peakBits;
    const last = this.segments.at(-1);
    return last && last.durationMs > 0 ? Math.ceil((last.bytes * 8000) / last.durationMs) : 0;
  }

  /** Writes the init segment for the segments from `msn` on. */
  init(msn: number, bytes: Buffer, info: RenditionInfo): void {
    this.info = info;
    this.#initAddress = this.#sign(fileNames.init(msn), INIT_ADDRESS_S);
    this.#files.init(msn, bytes, (error) => error && this.#options.onFileError(error));
  }

  openSegment(boundary: Boundary): void {
    this.#filling = this.#newSegment(boundary, 'open');
    this.#nextIndex = 0;
  }

  /** Adds the next part to the open segment; it is listed once its file is published. */
  addPart(buffers: readonly Buffer[], durationMs: number, independent: boolean): void {
    const segment = this.#filling;
    if (!segment) return;
    const index = this.#nextIndex;
    this.#nextIndex += 1;
    const { msn } = segment.boundary;
    const address = this.isHinted(msn, index) ? (this.hint ?? '') : this.#sign(fileNames.part(msn, index));
    const bytes = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    this.partsWaiting += 1;
    this.#files.part(msn, index, buffers, (error) => {
      this.partsWaiting -= 1;
      if (error) return this.#options.onFileError(error);
      if (segment.parts.length === 0) this.segments.push(segment);
      segment.parts.push({ index, address, durationMs, independent });
      segment.durationMs += durationMs;
      segment.bytes += bytes;
      this.bytesWritten += bytes;
      this.partsWritten += 1;
      this.largestPartMs = Math.max(this.largestPartMs, durationMs);
      this.#hint = { msn, index: index + 1, address: this.#sign(fileNames.part(msn, index + 1)) };
      this.#changed();
    });
  }

  /** Ends the open segment. `hintNext` is false where nothing follows for now. */
  closeSegment(hintNext: boolean): void {
    const segment = this.#filling;
    this.#filling = null;
    if (!segment) return;
    const { msn } = segment.boundary;
    this.#files.segment(msn, (error) => {
      if (error) this.#options.onFileError(error);
      // Without any part it was never listed, so it has to be listed as missing.
      if (segment.parts.length === 0) return this.#list(segment, 'gap');
      segment.state = error ? 'gap' : 'whole';
      if (!error) this.#peakBits = Math.max(this.#peakBits, Math.ceil((segment.bytes * 8000) / segment.durationMs));
      this.#hint = hintNext ? { msn: msn + 1, index: 0, address: this.#sign(fileNames.part(msn + 1, 0)) } : null;
      this.#doom(fileNames.segment(msn), this.#options.windowSeconds() + FILE_GRACE_S);
      this.#trim();
      this.#changed();
    });
  }

  /** Lists a segment that this rendition does not have. */
  addGap(boundary: Boundary, durationMs: number): void {
    const segment = this.#newSegment(boundary, 'gap');
    segment.durationMs = durationMs;
    this.#list(segment, 'gap');
  }

  /** Nothing follows any more; listed after the last files. */
  end(): void {
    this.#files.settled(() => {
      this.ended = true;
      this.#hint = null;
      this.#changed();
    });
  }

  /** Removes files whose time has come. */
  sweep(nowMs: number): void {
    while (this.#doomed[0] && this.#doomed[0].atMs <= nowMs) this.#files.remove(this.#doomed.shift()?.name ?? '');
  }

  /** Drops what the window no longer covers; called with each segment and when disk runs short. */
  #trim(): void {
    // RFC 8216, 6.2.2: never less than three target durations.
    const windowMs = Math.max(this.#options.windowSeconds(), 3 * TARGET_DURATION_S) * 1000;
    let keptMs = 0;
    let from = this.segments.length;
    while (from > 0 && keptMs < windowMs) {
      from -= 1;
      keptMs += this.segments[from]?.durationMs ?? 0;
    }
    this.segments.splice(0, Math.min(from, Math.max(0, this.segments.length - KEPT_PART_SEGMENTS)));
    const old = this.segments.at(-1 - KEPT_PART_SEGMENTS);
    for (const part of old?.parts ?? []) this.#files.remove(fileNames.part(old?.boundary.msn ?? 0, part.index));
    if (old) old.parts = [];
  }

  #list(segment: Segment, state: 'gap'): void {
    segment.state = state;
    this.segments.push(segment);
    this.#trim();
    this.#changed();
  }

  #newSegment(boundary: Boundary, state: Segment['state']): Segment {
    const address = this.#sign(fileNames.segment(boundary.msn));
    const madeMs = Date.now();
    return { boundary, initAddress: this.#initAddress, address, madeMs, durationMs: 0, bytes: 0, parts: [], state };
  }

  #doom(name: string, seconds: number): void {
    this.#doomed.push({ atMs: Date.now() + seconds * 1000, name });
  }

  #sign(name: string, seconds = this.#options.windowSeconds() + FILE_GRACE_S): string {
    const { showId, addressSecret } = this.#options;
    const expires = Math.floor(Date.now() / 1000) + seconds;
    return signAddress(addressSecret, `/media/${showId}/${this.name}/${name}`, expires);
  }

  #changed(): void {
    this.version += 1;
    this.#options.onChange();
  }
}
