/** The stage of a drill: a real install with a mail server, fans with full wallets, and eyes on its processes. */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import mysql from 'mysql2/promise';
import { cookieNames } from '#contract/grant.ts';
import { standinClient } from '../../standin/client.ts';
import { type Install, startInstall } from '../../test/kit/install.ts';
import { processTree } from '../../test/kit/process-tree.ts';
import { startSmtp } from '../../test/kit/smtp.ts';
import type { Deed } from './deed.ts';

export const SLUG = 'demo';
/** Fans of the load, and fans that only the traps use, so that a lock on their wallets holds up nobody else. */
const FANS = 12;
const SECONDS_A_SESSION = 86_400;
/** Above what a drill can sell. */
const SEATS = 100_000;

export type Fan = { readonly userId: string; readonly email: string; readonly cookie: string };
type Row = Record<string, unknown>;
type Rows = (text: string, values?: readonly unknown[]) => Promise<Row[]>;

/** Mails to such addresses are held while `scene.mails.slow` is set. */
export const SLOW = 'slow-';

function query(pool: mysql.Pool): Rows {
  return async (text, values = []) => (await pool.query<mysql.RowDataPacket[]>(text, [...values]))[0];
}

async function makeFan(rows: Rows, { settings, secrets }: Install, name: string): Promise<Fan> {
  const userId = `usr_${randomBytes(13).toString('hex')}`;
  const email = `${name}@example.org`;
  const token = randomBytes(24).toString('base64url');
  await rows('INSERT INTO user (id, name, email, emailVerified) VALUES (?, ?, ?, 1)', [userId, name, email]);
  await rows(
    'INSERT INTO session (id, userId, token, expiresAt) VALUES (?, ?, ?, UTC_TIMESTAMP(3) + INTERVAL ? SECOND)',
    [randomUUID(), userId, token, SECONDS_A_SESSION],
  );
  const signature = createHmac('sha256', secrets.sessionSecret).update(token).digest('base64');
  const { session } = cookieNames(settings.installId, false);
  return { userId, email, cookie: `${session}=${encodeURIComponent(`${token}.${signature}`)}` };
}

/** A mail server that holds the mails of slow addresses when it is told to. */
async function startMails() {
  const asked = new Map<string, number>();
  const mails = { slow: null as 'hang' | 'take_and_hang' | null, asked };
  const smtp = await startSmtp((to) => {
    asked.set(to, (asked.get(to) ?? 0) + 1);
    return mails.slow !== null && to.startsWith(SLOW) ? mails.slow : 'take';
  });
  return { ...smtp, mails };
}

/** Starts everything. Call `stop`, also after a failure. */
export async function startScene(say: (text: string) => void) {
  const { mails, ...smtp } = await startMails();
  const env = { SMTP_URL: smtp.url, MAIL_FROM: 'Drill <drill@example.org>' };
  const install = await startInstall({ name: 'drill', env }).catch(async (error: unknown) => {
    await smtp.leave();
    throw error;
  });
  const pool = (uri: string, connectionLimit: number) =>
    mysql.createPool({ uri, timezone: 'Z', connectionLimit, decimalNumbers: true });
  const ownerPool = pool(install.secrets.databaseMigrationUrl, 3);
  // As the product's own user: the list of processes shows one's own only.
  const appPool = pool(install.secrets.databaseUrl, 1);
  const owner = query(ownerPool);
  await owner('UPDATE channel SET viewerLimit = ? WHERE slug = ?', [SEATS, SLUG]);
  const fans: Fan[] = [];
  for (let n = 0; n < FANS; n += 1) fans.push(await makeFan(owner, install, `fan${n}`));
  let repeats = 0;
  say(`install ${install.settings.installId} is up`);
  return {
    install,
    url: install.url,
    standin: standinClient(`http://127.0.0.1:${install.settings.standinPort}`, install.secrets.standinSecret),
    admin: { authorization: `Bearer ${install.secrets.adminApiKey}` },
    owner,
    /** A connection that holds locks; destroy it, or roll back and end it. */
    lock: () => mysql.createConnection(install.secrets.databaseMigrationUrl),
    /** Statements of the product that wait for somebody's lock on a table, for at least `ms`. */
    async waiting(table: string, ms: number): Promise<number> {
      const found = await query(appPool)(
        `SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST
         WHERE ID <> CONNECTION_ID() AND INFO LIKE ? AND INFO LIKE '%FOR UPDATE%' AND TIME_MS > ?`,
        [`%${table}%`, ms],
      );
      return Number(found[0]?.['n']);
    },
    smtp,
    mails,
    tree: processTree(install.varDir),
    /** Of the load, and of the traps. */
    fans: fans.slice(0, FANS / 2),
    probes: fans.slice(FANS / 2),
    /** Everything that clients asked for, and what they were told. */
    deeds: [] as Deed[],
    /** Those of them that the traps began. */
    traps: [] as Deed[],
    /** Requests that were sent again because no answer, or "later", came. */
    repeats: () => repeats,
    again() {
      repeats += 1;
    },
    async stop() {
      await Promise.all([ownerPool.end(), appPool.end()]).catch(() => undefined);
      await install.stop();
      await smtp.leave();
    },
  };
}
export type Scene = Awaited<ReturnType<typeof startScene>>;
