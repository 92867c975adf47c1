/** Many low-latency viewers at once: how late a part reaches them, and whether any request fails. */
import { fileURLToPath } from 'node:url';
import { publish } from '../test/kit/publisher.ts';
import { type BenchInstall, pidsOf, waitForShow } from './lib/bench-install.ts';
import { cpuMilliseconds, output } from './lib/process.ts';
import { type Findings, milliseconds, type Options, thousands } from './lib/result.ts';
import type { CrowdReport } from './viewers/crowd.ts';

const VIEWERS = 400;
const MEASURE_SECONDS = 60;
const QUICK_SECONDS = 10;
const TARGET_MS = 150;

/** CPU of media, and of Nginx with its workers, milliseconds. */
async function serverCpu(install: BenchInstall): Promise<() => { media: number; nginx: number }> {
  const media = await pidsOf(install, 'media');
  const [master = 0] = await pidsOf(install, 'nginx');
  const children = await output('pgrep', ['-P', String(master)]).catch(() => '');
  const nginx = [master, ...children.split('\n').filter(Boolean).map(Number)];
  const sum = (pids: readonly number[]) => pids.reduce((total, pid) => total + cpuMilliseconds(pid), 0);
  return () => ({ media: sum(media), nginx: sum(nginx) });
}

/** All viewers in a process of their own, each with its own grant, through Nginx. */
export async function viewers(options: Options, install: BenchInstall): Promise<Findings> {
  const seconds = options.quick ? QUICK_SECONDS : (options.seconds ?? MEASURE_SECONDS);
  const encoder = publish(install.rtmpUrl, install.streamKey, { keyframeSeconds: 2 });
  try {
    const showId = await waitForShow(install);
    const cpu = await serverCpu(install);
    const before = cpu();
    const from = performance.now();
    const script = fileURLToPath(new URL('viewers/crowd.ts', import.meta.url));
    const text = await output(process.execPath, [script, showId, String(VIEWERS), String(seconds)], {
      env: { ...process.env, STAGEDOOR_VAR: install.varDir },
    });
    const after = cpu();
    const share = (kind: 'media' | 'nginx') => ((after[kind] - before[kind]) / (performance.now() - from)).toFixed(2);
    const crowd = JSON.parse(text) as CrowdReport;
    const [failures = '0', ...told] = crowd.failures;
    for (const failure of told) options.say(`failed: ${failure}`);
    return {
      rows: [
        {
          what: `part lateness, ${VIEWERS} viewers, p95`,
          measured: milliseconds(crowd.p95),
          beside: '',
          target: `≤ ${milliseconds(TARGET_MS)}`,
          reached: crowd.p95 <= TARGET_MS,
        },
        {
          what: 'part lateness, median, p99, most',
          measured: [crowd.p50, crowd.p99, crowd.most].map(milliseconds).join(', '),
          beside: '',
          target: '',
          reached: null,
        },
        { what: 'failed requests', measured: failures, beside: '', target: '0', reached: failures === '0' },
      ],
      notes: [
        `${seconds} s: ${thousands(crowd.parts)} parts (${thousands(crowd.megabytes)} MB) and ${thousands(crowd.playlists)} blocking playlist reloads, gzip on, over HTTP keep-alive through Nginx; clip of 640×360, 30 fps, 1 Mb/s, keyframe every 2 s.`,
        'Lateness: last byte of a part at the viewer minus the time it was written, so it holds the playlist, the wait, both requests and the viewer’s own process.',
        `Cores used meanwhile: media ${share('media')}, Nginx ${share('nginx')}, the crowd’s process ${crowd.cpuShare.toFixed(2)} (its event loop was ${milliseconds(crowd.loopDelayP99)} late at p99).`,
      ],
    };
  } finally {
    await encoder.stop();
  }
}
