/** An install with many channels, each with a key, and what a benchmark has to know of their shows. */
import { createHash, randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import { type Install, startInstall } from '../../test/kit/install.ts';
import { pidsOf } from '../lib/bench-install.ts';
import { onInterrupt, until } from '../lib/process.ts';

/** Base-32 letters of public ids. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const LIVE_LIMIT_MS = 60_000;

export type Channels = {
  readonly install: Install;
  /** RTMP addresses, keys included, in the order of the channels. */
  readonly rtmpUrls: readonly string[];
  /** Roots of the process trees that carry the media: media and Nginx. */
  readonly roots: { readonly media: readonly number[]; readonly nginx: readonly number[] };
  /** Waits until the first `count` channels are live; returns the ids of their shows. */
  live(count: number): Promise<string[]>;
  stop(): Promise<void>;
};

const newId = (prefix: string) => `${prefix}_${Array.from(randomBytes(26), (byte) => LETTERS[byte & 31]).join('')}`;

/** Adds channels with the settings of the demo channel. Returns their keys. */
async function addChannels(database: mysql.Connection, count: number): Promise<string[]> {
  const keys: string[] = [];
  for (let n = 0; n < count; n++) {
    const key = `sk_${randomBytes(20).toString('hex')}`;
    const [made] = await database.execute<mysql.ResultSetHeader>(
      "INSERT INTO channel (publicId, slug, name, ownerId) SELECT ?, ?, ?, ownerId FROM channel WHERE slug = 'demo'",
      [newId('chn'), `bench-${n}`, `Bench ${n}`],
    );
    await database.execute('INSERT INTO stream_key (publicId, channelId, label, keyHash) VALUES (?, ?, ?, ?)', [
      newId('key'),
      made.insertId,
      'bench',
      createHash('sha256').update(key).digest('hex'),
    ]);
    keys.push(key);
  }
  return keys;
}

/** Sets up an install with `count` channels. `env` as in `.env`. */
export async function startChannels(count: number, env: Readonly<Record<string, string>>): Promise<Channels> {
  const install = await startInstall({ name: 'bench', env });
  const database = await mysql.createConnection(install.secrets.databaseMigrationUrl).catch(async (error: unknown) => {
    await install.stop();
    throw error;
  });
  const stop = async () => {
    onInterrupt.delete(stop);
    await database.end().catch(() => undefined);
    await install.stop();
  };
  onInterrupt.add(stop);
  try {
    const keys = await addChannels(database, count);
    const roots = { media: await pidsOf(install, 'media'), nginx: await pidsOf(install, 'nginx') };
    return {
      install,
      rtmpUrls: keys.map((key) => `${install.rtmpUrl}/${key}`),
      roots,
      live: (wanted) =>
        until(`${wanted} live shows`, LIVE_LIMIT_MS, async () => {
          const [rows] = await database.query<mysql.RowDataPacket[]>(
            `SELECT s.publicId FROM live_show s JOIN channel c ON c.id = s.channelId
             WHERE s.state = 'live' AND c.slug LIKE 'bench-%' ORDER BY c.id`,
          );
          return rows.length >= wanted ? rows.map((row) => String(row['publicId'])) : null;
        }),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
