/** RTMP ingest: listens for encoders and hands on what those allowed to publish send. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { RefusalReason } from '#contract/media-port.ts';
import type { PublishDecision, PublishRequest } from '../types.ts';
import { Connection, type IngestLog } from './connection.ts';
import { createCrowd } from './crowd.ts';
import { DEFAULT_LIMITS, type IngestLimits } from './limits.ts';
import type { ProtocolFault } from './protocol.ts';
import { createRateGate } from './rate.ts';
import { addressOf, createPulse } from './wire.ts';

export type { IngestLimits } from './limits.ts';

/** A peer that ingest itself turned away; refusals by `authorize` are known to who decided them. */
export type IngestRefusal = {
  readonly connectionId: string | null;
  /** Known where the peer had asked to publish. */
  readonly keyHash: string | null;
  readonly address: string;
  readonly reason: Extract<RefusalReason, 'publish.protocol_error' | 'publish.too_many'>;
  readonly fault: ProtocolFault | 'connections' | 'connections_per_address' | 'crowded_out';
};

export type IngestOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host: string;
  /** Decides on each publisher. Whoever holds a key already is cut by the decider, through the earlier request. */
  readonly authorize: (request: PublishRequest) => Promise<PublishDecision>;
  readonly log: IngestLog;
  readonly limits?: Partial<IngestLimits>;
  readonly onRefusal?: (refusal: IngestRefusal) => void;
};

export type Ingest = {
  readonly port: number;
  /** Says good-bye to every publisher and resolves once all sockets are closed. */
  stop(): Promise<void>;
  /** Open connections, publishing or not. */
  connections(): number;
};

/** A flood must not fill the disk with lines about itself. */
const REFUSALS_LOGGED_PER_SECOND = 10;
const KEEPALIVE_DELAY_MS = 10_000;
/** Publishers are read this often. It is also the most that reading may add to the delay of a picture. */
const READ_EVERY_MS = 40;
const MESSAGE_STOPPING = 'The server is restarting. Please connect again in a moment.';

/** Starts to listen. Rejects where the address cannot be bound. */
export async function startIngest(options: IngestOptions): Promise<Ingest> {
  const { log } = options;
  const limits: IngestLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const crowd = createCrowd(limits);
  const refuse = createRefuser(options);
  const pulse = createPulse(READ_EVERY_MS);
  let onEmpty = (): void => undefined;

  function onSocket(socket: Socket): void {
    const address = addressOf(socket);
    const fault = crowd.full(address);
    // Without an address it was gone before we looked.
    if (address === '' || fault) socket.destroy();
    if (fault) refuse({ connectionId: null, keyHash: null, address, reason: 'publish.too_many', fault });
    if (socket.destroyed) return;
    const connection = new Connection(socket, {
      pulse,
      limits,
      authorize: options.authorize,
      log,
      onFault: ({ id, keyHash }, one) =>
        refuse({ connectionId: id, keyHash, address, reason: 'publish.protocol_error', fault: one }),
      onPublish: crowd.publishes,
      onClose: () => {
        crowd.remove(connection);
        if (crowd.size() === 0) onEmpty();
      },
    });
    const crowdedOut = crowd.add(connection);
    if (!crowdedOut) return;
    crowdedOut.cut('cut');
    const { id, address: from } = crowdedOut;
    refuse({ connectionId: id, keyHash: null, address: from, reason: 'publish.too_many', fault: 'crowded_out' });
  }

  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_DELAY_MS, pauseOnConnect: true },
    onSocket,
  );
  const port = await listen(server, options);
  server.on('error', (error) => log.error({ err: error }, 'ingest listener failed'));

  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        // The listener reports closed before its last socket does.
        server.close(() => {
          if (crowd.size() === 0) resolve();
          else onEmpty = resolve;
        });
        for (const connection of crowd.all()) connection.cut('cut', MESSAGE_STOPPING);
      }),
    connections: crowd.size,
  };
}

function createRefuser({ log, onRefusal }: IngestOptions): (refusal: IngestRefusal) => void {
  const mayLog = createRateGate(REFUSALS_LOGGED_PER_SECOND);
  return (refusal) => {
    const { connectionId, address, fault } = refusal;
    if (mayLog()) log.info({ connectionId, address, fault }, 'ingest connection refused');
    onRefusal?.(refusal);
  };
}

async function listen(server: Server, { port, host }: IngestOptions): Promise<number> {
  server.listen(port, host);
  await once(server, 'listening');
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : port;
}
