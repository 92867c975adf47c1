/** The creator's page, and what to type into an encoder. */
import type { Config } from '#config/index.ts';
import type { ReplyOf } from '#contract/endpoint.ts';
import type { ReportedShow } from '#contract/media-port.ts';
import type { studioOverview } from '#contract/studio.ts';
import type { Channel } from '../channels/service.ts';
import { settingsOf } from '../channels/service.ts';
import { keysOfChannel, keyView } from '../keys/service.ts';
import type { Platform } from '../platform/platform.ts';
import { refusalsOf, showIds } from './reads-store.ts';
import { showById, showView } from './service.ts';
import { running, waitingTest } from './store.ts';

/** RTMP addresses for encoders. */
export function ingestOf(config: Config): { server: string; secureServer: string | null } {
  const host = config.tls?.domain ?? new URL(config.publicUrl).hostname;
  const port = config.rtmpPort === 1935 ? '' : `:${config.rtmpPort}`;
  return {
    server: `rtmp://${host}${port}/live`,
    secureServer: config.tls ? `rtmps://${host}:${config.tls.rtmpsPort}/live` : null,
  };
}

/** Steps for OBS and for a phone. */
export function instructionsOf(config: Config): { desktop: string[]; mobile: string[] } {
  const { server, secureServer } = ingestOf(config);
  const address = secureServer ?? server;
  return {
    desktop: [
      'In OBS open Settings → Stream and choose the service "Custom…".',
      `Server: ${address}`,
      'Stream Key: the key that is shown here once.',
      'Settings → Output, Output Mode "Advanced": Rate Control CBR, Keyframe Interval 2 s.',
      'Press "Start Streaming". The show begins when the picture arrives.',
    ],
    mobile: [
      'In Streamlabs Mobile choose "Other Platforms" at sign-in, or Menu → Account Settings → Custom RTMP.',
      `URL: ${address}`,
      'Stream key: the key that is shown here once.',
      'Press "Go Live". The show begins when the picture arrives.',
    ],
  };
}

type Input = ReportedShow['input'];
type IngestState = ReplyOf<typeof studioOverview>['ingestState'];

/** Everything that a channel's creator's page shows. */
export async function overview(
  { config, db, prisma }: Pick<Platform, 'config' | 'db' | 'prisma'>,
  channel: Channel,
): Promise<ReplyOf<typeof studioOverview>> {
  const [show, test, ids, keys, refusals] = await Promise.all([
    running(db, channel.id),
    waitingTest(db, channel.id),
    showIds(prisma, channel.id),
    keysOfChannel(db, channel.id),
    refusalsOf(prisma, channel.id),
  ]);
  const views = async (publicIds: string[]) =>
    (await Promise.all(publicIds.map((id) => showById(db, id)))).map(showView);
  return {
    channel: settingsOf(channel),
    show: show ? showView(show) : null,
    waitingTest: test ? showView(test) : null,
    upcoming: await views(ids.upcoming),
    recent: await views(ids.recent),
    input: show?.ingestInput ? (JSON.parse(show.ingestInput) as Input) : null,
    ingestState: (show?.ingestState ?? null) as IngestState,
    keys: keys.map(keyView),
    refusals,
    ingest: ingestOf(config),
    watchUrl: new URL(`/c/${channel.slug}`, config.publicUrl).href,
    serverTime: new Date().toISOString(),
  };
}
