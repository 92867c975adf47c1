/** Runs the packager in the test's own process. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { Rendition, type RenditionOptions, type Segment } from '../../media/src/packager/rendition.ts';
import type { Boundary } from '../../media/src/packager/samples.ts';
import { createPipeline } from '../../media/src/shows/pipeline.ts';
import { createLadder } from '../../media/src/transcoder/ladder.ts';
import { startMachine } from '../../media/src/transcoder/machine.ts';
import type { MediaPacket } from '../../media/src/types.ts';
import { newId } from './rig.ts';

export type Packaged = {
  rendition: Rendition;
  directory: string;
  unsupported: string[];
  errors: Error[];
  file: (name: string) => Buffer;
};

export type PackOptions = {
  options?: Partial<RenditionOptions>;
  /** Gets the folder of the files before the first one is written. */
  before?: (folder: string) => void;
  onPacket?: (packet: MediaPacket) => void;
  onChange?: (rendition: Rendition) => void;
  /** How far arrival is behind the timestamps, milliseconds. */
  lateMs?: number;
  /** True: files that cannot be written are collected instead of thrown. */
  faulty?: boolean;
};

/** A name in a signed address. */
export const nameOf = (address: string) => address.slice(address.lastIndexOf('/') + 1, address.indexOf('?'));

/** The packager without a media process, and ffmpeg as the judge of what it makes. Its files go when the tests end. */
export function packaging() {
  const folder = mkdtempSync(join(tmpdir(), 'stagedoor-packager-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const machine = startMachine({ ladder: [], ladderCores: null });

  /** Runs packets through the packager as one broadcast each, and waits until all files are there. */
  const pack = (...broadcasts: MediaPacket[][]) => packWith({}, ...broadcasts);

  async function packWith(given: PackOptions, ...broadcasts: MediaPacket[][]): Promise<Packaged> {
    const showId = newId('shw');
    const errors: Error[] = [];
    const folderOf = join(folder, showId, 'source');
    mkdirSync(folderOf, { recursive: true });
    given.before?.(folderOf);
    const { promise: ended, resolve } = Promise.withResolvers<void>();
    const rendition: Rendition = new Rendition({
      showId,
      name: 'source',
      mediaDir: folder,
      addressSecret: 'secret',
      windowSeconds: () => 3600,
      graceSeconds: () => 0,
      onFileError: (error) => {
        if (!given.faulty) throw error;
        errors.push(error);
      },
      ...given.options,
      onChange: () => {
        given.onChange?.(rendition);
        if (rendition.ended) resolve();
      },
    });
    let [msn, discontinuity, endMs, streamMs] = [0, -1, 1000, 0];
    const unsupported: string[] = [];
    for (const packets of broadcasts) {
      const nextBoundary = (first: boolean, startMs: number, ptsMs: number): Boundary => {
        if (first) discontinuity += 1;
        const breaks = first && discontinuity > 0;
        return { msn: msn++, discontinuity, breaks, startMs, ptsMs, dateMs: startMs };
      };
      const pipeline = createPipeline({
        source: rendition,
        partMs: 200,
        clock: () => streamMs,
        // Whoever runs late arrives after the place where the last broadcast ended.
        anchorMs: () => endMs + (given.lateMs ?? 0),
        nextBoundary,
        ladder: createLadder({
          machine,
          rendition: () => rendition,
          shape: () => null,
          keepShape() {},
          partMs: 200,
          pidDir: folder,
          log: { warn() {} },
          showId,
        }),
        onRun: () => {},
        onVideo: () => {},
        onAudio: () => {},
        onRunEnd: (end) => {
          endMs = end;
        },
        onUnsupported: (codec) => unsupported.push(codec),
      });
      for (const packet of packets) {
        streamMs += 15;
        given.onPacket?.(packet);
        const lent = Buffer.from(packet.payload);
        pipeline.packet({ ...packet, payload: lent });
        // As ingest does it: the bytes are somebody else's from here on.
        lent.fill(0xee);
        // The writer's queue is bounded, and here packets come faster than any encoder sends them.
        while (rendition.partsWaiting > 3) await new Promise((next) => setImmediate(next));
      }
      pipeline.close();
    }
    rendition.end();
    await ended;
    return { rendition, directory: folderOf, unsupported, errors, file: (name) => readFileSync(join(folderOf, name)) };
  }

  const filesOf = (segment: Segment) => ({ init: nameOf(segment.initAddress), media: nameOf(segment.address) });

  /** What ffmpeg has to say about these bytes when it decodes them. */
  function complaints(bytes: Buffer): string {
    const path = join(folder, 'decode.mp4');
    writeFileSync(path, bytes);
    return spawnSync('ffmpeg', ['-v', 'error', '-i', path, '-f', 'null', '-'], { encoding: 'utf8' }).stderr;
  }

  /** Size and checksum of each packet as it stands in the file, by track. */
  function samples(path: string, track: 'v' | 'a'): string[] {
    const text = execFileSync(
      'ffmpeg',
      ['-v', 'error', '-i', path, '-map', `0:${track}`, '-c', 'copy', '-copyinkf', '-f', 'framecrc', '-'],
      {
        encoding: 'utf8',
      },
    );
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
    return lines.map((line) => line.split(',').slice(4, 6).join(' ').replaceAll(/\s+/g, ' '));
  }

  function whole(packed: Packaged): Buffer {
    const [first] = packed.rendition.segments;
    if (!first) throw new Error('no segment');
    return Buffer.concat([
      packed.file(filesOf(first).init),
      ...packed.rendition.segments.map((one) => packed.file(filesOf(one).media)),
    ]);
  }

  /** Runs of segments between discontinuities, each as one file: its init segment and what follows it. */
  function runs(packed: Packaged): Segment[][] {
    const found: Segment[][] = [];
    for (const segment of packed.rendition.segments) {
      if (segment.boundary.breaks || found.length === 0) found.push([]);
      found.at(-1)?.push(segment);
    }
    return found;
  }

  function runFile(packed: Packaged, run: readonly Segment[], name: string): string {
    const path = join(folder, name);
    const first = packed.file(filesOf(run[0] as Segment).init);
    writeFileSync(path, Buffer.concat([first, ...run.map((one) => packed.file(filesOf(one).media))]));
    return path;
  }

  /** When each packet of a track is shown and how long it lasts, milliseconds; nothing where there is no such track. */
  function times(file: string, track: 'v' | 'a'): { at: number; long: number }[] {
    const args = [
      '-v',
      'error',
      '-copyts',
      '-i',
      file,
      '-map',
      `0:${track}`,
      '-c',
      'copy',
      '-copyinkf',
      '-f',
      'framecrc',
      '-',
    ];
    // Without such a track ffmpeg says nothing and fails.
    const text = spawnSync('ffmpeg', args, { encoding: 'utf8' }).stdout;
    const base = Number(/#tb 0: 1\/(\d+)/.exec(text)?.[1]);
    const rows = text.split('\n').filter((line) => line && !line.startsWith('#'));
    return rows.map((row) => {
      const [, , pts, duration] = row.split(',').map(Number);
      return { at: (1000 * (pts ?? 0)) / base, long: (1000 * (duration ?? 0)) / base };
    });
  }

  return { folder, pack, packWith, complaints, samples, whole, filesOf, runs, runFile, times };
}
