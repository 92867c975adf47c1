/** Who is connected, and whether there is room for one more. */
import type { Connection } from './connection.ts';
import type { IngestLimits } from './limits.ts';

export type Crowd = {
  /** Which limit another connection from this address would break. */
  full(address: string): 'connections' | 'connections_per_address' | null;
  /** Takes a connection in; it counts as waiting until it publishes. Returns the one that has to go for it. */
  add(connection: Connection): Connection | null;
  publishes(connection: Connection): void;
  remove(connection: Connection): void;
  all(): readonly Connection[];
  size(): number;
};

export function createCrowd(limits: IngestLimits): Crowd {
  const open = new Set<Connection>();
  const perAddress = new Map<string, number>();
  /** In the order of arrival. */
  const waiting = new Set<Connection>();

  return {
    full(address) {
      if (open.size >= limits.connections) return 'connections';
      return (perAddress.get(address) ?? 0) >= limits.connectionsPerAddress ? 'connections_per_address' : null;
    },
    add(connection) {
      open.add(connection);
      perAddress.set(connection.address, (perAddress.get(connection.address) ?? 0) + 1);
      const [oldest] = waiting;
      waiting.add(connection);
      if (!oldest || waiting.size <= limits.waitingConnections) return null;
      waiting.delete(oldest);
      return oldest;
    },
    publishes: (connection) => void waiting.delete(connection),
    remove(connection) {
      open.delete(connection);
      waiting.delete(connection);
      const left = (perAddress.get(connection.address) ?? 1) - 1;
      if (left > 0) perAddress.set(connection.address, left);
      else perAddress.delete(connection.address);
    },
    all: () => [...open],
    size: () => open.size,
  };
}
