/** The media process: RTMP in, HLS files and playlists out. Composition only. */

import { once } from 'node:events';
import type { Server } from 'node:http';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { type Config, loadConfig } from '#config/index.ts';
import { cookieNames } from '#contract/grant.ts';
import { type ControlClient, createControlClient } from './control/client.ts';
import { createMetrics } from './control/metrics.ts';
import { createControlRoutes } from './control/routes.ts';
import { type Sync, startSync } from './control/sync.ts';
import { type Ingest, startIngest } from './ingest/index.ts';
import { createLog, type Log } from './log.ts';
import { createGrantReader } from './playlists/gate.ts';
import { createPlaylistServer } from './playlists/http.ts';
import type { ShowEnvironment } from './shows/environment.ts';
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

/** What the parts of media tell each other of; they are made one after the other, and call nothing before all are there. */
type Events = {
  /** Something that the control plane is told of has changed. */
  readonly changed: () => void;
  readonly refused: Sync['refused'];
  /** A publisher was cut for a newer one with its key. */
  readonly tookOver: () => void;
};
type Registry = ReturnType<typeof createRegistry>;
type Metrics = ReturnType<typeof createMetrics>;
type Control = ReturnType<typeof watchControl>;
type ShowParts = Pick<ShowEnvironment, 'createLadder' | 'thumbnails'> & {
  readonly storage: Awaited<ReturnType<typeof startStorage>>;
  readonly client: ControlClient;
};

/** Knows whether the control plane answers, and says once when that changes. */
function watchControl(log: Log) {
  let away = false;
  return {
    isAway: () => away,
    fault: (fault: object) => log[away ? 'debug' : 'warn'](fault, 'the control plane did not answer'),
    result(ok: boolean): void {
      if (ok === away)
        log.info({ controlAway: !ok }, ok ? 'the control plane answers again' : 'the control plane is away');
      away = !ok;
    },
  };
}

function createShows(config: Config, log: Log, events: Events, { storage, client, ...parts }: ShowParts): Registry {
  const { disk, createRecorder } = storage;
  return createRegistry({
    timelineDir: join(config.varDir, 'timeline'),
    client,
    mayStart: () => !disk.isShort(),
    refused: events.refused,
    tookOver: events.tookOver,
    environment: {
      ...parts,
      mediaDir: config.mediaDir,
      addressSecret: config.secrets.addressSecret,
      partMs: config.partMilliseconds,
      windowSeconds: disk.windowSeconds,
      onFileError: disk.failed,
      createRecorder,
      onChange: events.changed,
      onUnsupported: ({ keyHash, address }, { channelId }) =>
        events.refused({ channelId, keyHashPrefix: keyHash.slice(0, 8), reason: 'publish.unsupported_codec', address }),
      log,
    },
  });
}

function startReports(client: ControlClient, control: Control, registry: Registry, metrics: Metrics): Sync {
  return startSync({
    client,
    shows: registry.shows,
    onRevocations: registry.setRevocations,
    onRefusal: (reason) => metrics.refused(reason),
    onResult(ok) {
      if (!ok) metrics.syncFailed();
      control.result(ok);
    },
  });
}

type Served = { registry: Registry; metrics: Metrics; control: Control; isDiskShort: () => boolean };

async function servePlaylists(config: Config, log: Log, events: Events, served: Served): Promise<Server> {
  const { registry, metrics, control, isDiskShort } = served;
  const { secrets } = config;
  const server = createPlaylistServer({
    shows: registry.shows,
    revocations: registry.revocations,
    readGrant: createGrantReader(secrets.grantSecret),
    grantCookie: cookieNames(config.installId, config.secure).grant,
    mediaDir: config.mediaDir,
    partMs: config.partMilliseconds,
    lowLatencyViewers: config.lowLatencyViewers,
    control: createControlRoutes({
      secret: secrets.mediaSecret,
      wake: events.changed,
      metrics: metrics.text,
      report: (showId, sinceMs) => registry.shows.get(showId)?.doctor.report(sinceMs, Date.now()) ?? null,
      health: () => ({
        ok: true,
        shows: registry.shows.size,
        controlAway: control.isAway(),
        diskShort: isDiskShort(),
      }),
    }),
    onError: (err) => log.error({ err }, 'a request failed'),
  });
  server.listen(config.mediaPort, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function listenForEncoders({ rtmpPort }: Config, log: Log, { refused }: Events, registry: Registry): Promise<Ingest> {
  return startIngest({
    port: rtmpPort,
    host: '0.0.0.0',
    authorize: registry.authorize,
    log,
    onRefusal: ({ keyHash, reason, address }) =>
      refused({
        channelId: null,
        keyHashPrefix: keyHash?.slice(0, 8) ?? null,
        reason,
        address: address.slice(0, 64),
      }),
  });
}

/** Starts media; what it returns stops it again. */
async function start(config: Config, log: Log): Promise<() => Promise<void>> {
  const { secrets, mediaDir, varDir } = config;
  const pidDir = join(varDir, 'run');
  const reaped = reapProcesses(pidDir);
  if (reaped > 0) log.warn({ reaped }, 'encoders of an earlier run were ended');
  const events: Events = {
    changed: () => sync.soon(),
    refused: (refusal) => sync.refused(refusal),
    tookOver: () => metrics.tookOver(),
  };
  const storage = await startStorage({ config, log, shows: () => registry.shows, onChange: events.changed });
  const { disk } = storage;
  const machine = startMachine(config);
  const thumbnails = createThumbnails({
    ...{ mediaDir, pidDir, addressSecret: secrets.addressSecret, periodSeconds: config.thumbnailSeconds },
    onError: (showId, err) => log.warn({ showId, err }, 'a picture was not written'),
  });
  const control = watchControl(log);
  const client = createControlClient({ ports: config.apiPorts, secret: secrets.mediaSecret, onFault: control.fault });
  const registry = createShows(config, log, events, {
    ...{ storage, client, thumbnails },
    createLadder: (show) => createLadder({ ...show, machine, pidDir, log }),
  });
  await storage.clearUp();
  const metrics = createMetrics(() => registry.shows);
  const sync = startReports(client, control, registry, metrics);
  const server = await servePlaylists(config, log, events, { registry, metrics, control, isDiskShort: disk.isShort });
  const ingest = await listenForEncoders(config, log, events, registry);
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
// Kept now: a process that is killed would not leave it behind, and is the one that should be back soon.
flushCompileCache();

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
