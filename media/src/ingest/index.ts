/** RTMP ingest: listens for encoders and hands on what those allowed to publish send. */
import { createServer, type Socket } from 'node:net';
import type { RefusalReason } from '#contract/media-port.ts';
import type { PublishDecision, PublishRequest } from '../types.ts';
import { Connection, type IngestLog } from './connection.ts';
import { DEFAULT_LIMITS, type IngestLimits } from './limits.ts';
import type { ProtocolFault } from './protocol.ts';
import { createRateGate } from './rate.ts';

export type { IngestLog } from './connection.ts';
export { DEFAULT_LIMITS, type IngestLimits } from './limits.ts';

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
const MESSAGE_STOPPING = 'The server is restarting. Please connect again in a moment.';

/** Starts to listen. Rejects where the address cannot be bound. */
export async function startIngest(options: IngestOptions): Promise<Ingest> {
  const limits: IngestLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const open = new Set<Connection>();
  const perAddress = new Map<string, number>();
  /** In the order of arrival. */
  const waiting = new Set<Connection>();
  let onEmpty = (): void => undefined;
  const mayLog = createRateGate(REFUSALS_LOGGED_PER_SECOND);

  function refuse(refusal: IngestRefusal): void {
    if (mayLog()) {
      const { connectionId, address, fault } = refusal;
      options.log.info({ connectionId, address, fault }, 'ingest connection refused');
    }
    options.onRefusal?.(refusal);
  }

  function refuseFull(socket: Socket, address: string, fault: IngestRefusal['fault']): void {
    socket.destroy();
    refuse({ connectionId: null, keyHash: null, address, reason: 'publish.too_many', fault });
  }

  function onFault(connection: Connection, fault: ProtocolFault): void {
    const { id, keyHash, address } = connection;
    refuse({ connectionId: id, keyHash, address, reason: 'publish.protocol_error', fault });
  }

  function dropOldestWaiting(): void {
    const [oldest] = waiting;
    if (!oldest) return;
    waiting.delete(oldest);
    oldest.cut('cut');
    const { id, address } = oldest;
    refuse({ connectionId: id, keyHash: null, address, reason: 'publish.too_many', fault: 'crowded_out' });
  }

  function onConnection(socket: Socket): void {
    const connection = new Connection(socket, {
      limits,
      authorize: options.authorize,
      log: options.log,
      onFault,
      onPublish: (one) => waiting.delete(one),
    });
    const { address } = connection;
    open.add(connection);
    waiting.add(connection);
    perAddress.set(address, (perAddress.get(address) ?? 0) + 1);
    socket.once('close', () => {
      open.delete(connection);
      waiting.delete(connection);
      const left = (perAddress.get(address) ?? 1) - 1;
      if (left > 0) perAddress.set(address, left);
      else perAddress.delete(address);
      if (open.size === 0) onEmpty();
    });
    if (waiting.size > limits.waitingConnections) dropOldestWaiting();
  }

  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEPALIVE_DELAY_MS },
    (socket) => {
      const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
      // Gone before we looked.
      if (address === '') return void socket.destroy();
      if (open.size >= limits.connections) return refuseFull(socket, address, 'connections');
      if ((perAddress.get(address) ?? 0) >= limits.connectionsPerAddress) {
        return refuseFull(socket, address, 'connections_per_address');
      }
      onConnection(socket);
    },
  );

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.log.error({ err: error }, 'ingest listener failed'));
  const bound = server.address();

  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    stop: () =>
      new Promise((resolve) => {
        // The listener reports closed before its last socket does.
        server.close(() => {
          if (open.size === 0) resolve();
          else onEmpty = resolve;
        });
        for (const connection of open) connection.cut('cut', MESSAGE_STOPPING);
      }),
    connections: () => open.size,
  };
}
