/** A running HLS broadcast made by ffmpeg, for a player to play. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const START_LIMIT_MS = 30_000;

const ARGUMENTS =
  '-hide_banner -loglevel error -re -f lavfi -i testsrc2=size=640x360:rate=25 -f lavfi -i sine=frequency=330 -c:v libx264 -preset ultrafast -tune zerolatency -g 25 -pix_fmt yuv420p -c:a aac -f hls -hls_time 1 -hls_list_size 10 -hls_segment_type fmp4 -hls_flags delete_segments+program_date_time+temp_file -master_pl_name master.m3u8';

/** Starts it in a folder of its own. Returns the folder, cut (the encoder goes away) and stop. */
export async function startBroadcast() {
  const folder = await mkdtemp(join(tmpdir(), 'stagedoor-hls-'));
  const child: ChildProcess = spawn('ffmpeg', [...ARGUMENTS.split(' '), 'live.m3u8'], { cwd: folder, stdio: 'ignore' });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const deadline = Date.now() + START_LIMIT_MS;
  while (!existsSync(join(folder, 'master.m3u8')) || !existsSync(join(folder, 'live.m3u8'))) {
    if (Date.now() > deadline) throw new Error('ffmpeg made no playlist');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    folder,
    cut: async () => {
      child.kill('SIGKILL');
      await gone;
    },
    stop: async () => {
      child.kill('SIGKILL');
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
