/** The media process: RTMP in, HLS files and playlists out. Composition only. */
import { once } from 'node:events';
import { join } from 'node:path';
import { type Config, loadConfig } from '#config/index.ts';
import { cookieNames } from '#contract/grant.ts';
import { createControlClient } from './control/client.ts';
import { createMetrics } from './control/metrics.ts';
import { createControlRoutes } from './control/routes.ts';
import { startSync } from './control/sync.ts';
import { type IngestRefusal, startIngest } from './ingest/index.ts';
import { createLog, type Log } from './log.ts';
import { createGrantReader } from './playlists/gate.ts';
import { createPlaylistServer } from './playlists/http.ts';
import { createRegistry } from './shows/registry.ts';
import { startStorage } from './storage.ts';
import { createThumbnails } from './thumbnails/thumbnails.ts';
import { createLadder } from './transcoder/ladder.ts';
import { startMachine } from './transcoder/machine.ts';
import { reapProcesses } from './transcoder/pids.ts';

const SWEEP_EVERY_MS = 2000;
const OBSERVE_EVERY_MS = 1000;
/** Everything has to be closed by then, milliseconds. */
const STOP_WITHIN_MS = 2500;

async function start(config: Config, log: Log) {
  const { secrets, mediaDir, varDir } = config;
  const pidDir = join(varDir, 'run');
  const reaped = reapProcesses(pidDir);
  if (reaped > 0) log.warn({ reaped }, 'encoders of an earlier run were ended');
  const storage = await startStorage({ config, log, shows: () => registry.shows, onChange: () => sync.soon() });
  const { disk } = storage;
  const machine = startMachine(config);
  const thumbnails = createThumbnails({
    ...{ mediaDir, pidDir, addressSecret: secrets.addressSecret, periodSeconds: config.thumbnailSeconds },
    onError: (showId, err) => log.warn({ showId, err }, 'a picture was not written'),
  });
  let controlAway = false;
  const client = createControlClient({
    ports: config.apiPorts,
    secret: secrets.mediaSecret,
    onFault: (fault) => log[controlAway ? 'debug' : 'warn'](fault, 'the control plane did not answer'),
  });
  const registry = createRegistry({
    timelineDir: join(varDir, 'timeline'),
    client,
    mayStart: () => !disk.isShort(),
    refused: (refusal) => sync.refused(refusal),
    tookOver: () => metrics.tookOver(),
    environment: {
      mediaDir,
      addressSecret: secrets.addressSecret,
      partMs: config.partMilliseconds,
      windowSeconds: disk.windowSeconds,
      onFileError: disk.failed,
      createRecorder: storage.createRecorder,
      thumbnails,
      createLadder: (show) => createLadder({ ...show, machine, pidDir, log }),
      onChange: () => sync.soon(),
      onUnsupported: ({ keyHash, address }, { channelId }) =>
        sync.refused({ channelId, keyHashPrefix: keyHash.slice(0, 8), reason: 'publish.unsupported_codec', address }),
      log,
    },
  });
  await storage.clearUp();
  const metrics = createMetrics(() => registry.shows);
  const sync = startSync({
    client,
    shows: registry.shows,
    onRevocations: registry.setRevocations,
    onRefusal: (reason) => metrics.refused(reason),
    onResult: (ok) => {
      if (!ok) metrics.syncFailed();
      if (ok === controlAway)
        log.info({ controlAway: !ok }, ok ? 'the control plane answers again' : 'the control plane is away');
      controlAway = !ok;
    },
  });
  const server = createPlaylistServer({
    shows: registry.shows,
    revocations: registry.revocations,
    readGrant: createGrantReader(secrets.grantSecret),
    grantCookie: cookieNames(config.installId, config.secure).grant,
    mediaDir,
    partMs: config.partMilliseconds,
    lowLatencyViewers: config.lowLatencyViewers,
    control: createControlRoutes({
      secret: secrets.mediaSecret,
      wake: () => sync.soon(),
      metrics: metrics.text,
      report: (showId, sinceMs) => registry.shows.get(showId)?.doctor.report(sinceMs, Date.now()) ?? null,
      health: () => ({ ok: true, shows: registry.shows.size, controlAway, diskShort: disk.isShort() }),
    }),
    onError: (err) => log.error({ err }, 'a request failed'),
  });
  server.listen(config.mediaPort, '127.0.0.1');
  await once(server, 'listening');
  const onRefusal = ({ keyHash, reason, address }: IngestRefusal) =>
    sync.refused({
      channelId: null,
      keyHashPrefix: keyHash?.slice(0, 8) ?? null,
      reason,
      address: address.slice(0, 64),
    });
  const ingest = await startIngest({
    port: config.rtmpPort,
    host: '0.0.0.0',
    authorize: registry.authorize,
    log,
    onRefusal,
  });
  const sweeper = setInterval(() => registry.sweep(Date.now()), SWEEP_EVERY_MS);
  const observer = setInterval(registry.observe, OBSERVE_EVERY_MS);
  log.info({ rtmpPort: ingest.port, mediaPort: config.mediaPort }, 'media listens');

  return async function stop(): Promise<void> {
    clearInterval(sweeper);
    clearInterval(observer);
    disk.stop();
    sync.stop();
    await registry.stop();
    machine.stop();
    thumbnails.stop();
    await ingest.stop();
    server.close();
    server.closeAllConnections();
    // Whatever does not hear that it should end, does not outlive us.
    reapProcesses(pidDir);
  };
}

const config = loadConfig();
const log = createLog(config.logLevel);
const stop = await start(config, log);
process.send?.('ready');

let stopping = false;
function onSignal(signal: NodeJS.Signals): void {
  if (stopping) return;
  stopping = true;
  log.info({ signal }, 'media stops');
  setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
  stop().then(
    () => process.exit(0),
    (err: unknown) => {
      log.error({ err }, 'media did not stop cleanly');
      process.exit(1);
    },
  );
}
process.on('SIGTERM', onSignal);
process.on('SIGINT', onSignal);
