/** Encoders that outlived a crash of media are found again by these files and ended at the next start. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Clock ticks after boot at which a process started: with the pid it names one process for good. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name, in brackets, may hold spaces; the start time is the 20th field after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/** True where one of the process's threads runs, or waits only for a processor or a disk. */
export function isAtWork(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((id) => {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8');
      return /\) [RD] /.test(stat);
    });
  } catch {
    return false;
  }
}

export function rememberProcess(directory: string, pid: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(join(directory, `ffmpeg-${pid}`), startTime(pid) ?? '', { mode: 0o600 });
}

export function forgetProcess(directory: string, pid: number): void {
  rmSync(join(directory, `ffmpeg-${pid}`), { force: true });
}

/** Kills what an earlier run left behind. Returns how many there were. */
export function reapProcesses(directory: string): number {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  let reaped = 0;
  for (const name of readdirSync(directory)) {
    const pid = Number(/^ffmpeg-(\d+)$/.exec(name)?.[1]);
    if (!Number.isInteger(pid)) continue;
    const started = startTime(pid);
    if (started !== null && started === readFileSync(join(directory, name), 'utf8')) {
      reaped += killGroup(pid, 'SIGKILL') ? 1 : 0;
    }
    rmSync(join(directory, name), { force: true });
  }
  return reaped;
}

/** Signals a process and its children. False where it is gone already. */
export function killGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
