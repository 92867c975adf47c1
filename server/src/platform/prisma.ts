import { PrismaMariaDb } from '@prisma/adapter-mariadb';
import { PrismaClient } from './prisma/generated/client.ts';

/** Connections for ordinary reads; commands have a pool of their own. */
const READ_CONNECTIONS = 4;

export type Prisma = PrismaClient;

/** Opens the client for ordinary reads and single-row edits. Connects at the first query. */
export function openPrisma(databaseUrl: string): Prisma {
  const url = new URL(databaseUrl);
  const adapter = new PrismaMariaDb(
    {
      host: url.hostname,
      port: url.port ? Number(url.port) : 3306,
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      database: url.pathname.slice(1),
      connectionLimit: READ_CONNECTIONS,
      acquireTimeout: 3000,
      connectTimeout: 3000,
    },
    { useTextProtocol: true },
  );
  return new PrismaClient({ adapter });
}
