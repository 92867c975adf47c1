/** The demo channel: something to stream to and a code to watch with, right after set-up. */
import type { Config } from '#config/index.ts';
import { issueCodes } from './access/service.ts';
import { createAccount, newPassword } from './accounts/service.ts';
import type { Channel } from './channels/service.ts';
import { channelBySlug, createChannel, edit, findChannel } from './channels/service.ts';
import { createKey } from './keys/service.ts';
import type { Db, Tx } from './platform/db.ts';
import { openDb } from './platform/db.ts';

const SLUG = 'demo';
const EMAIL = 'creator@demo.local';
const LABEL = 'demo';
/** So that buying can be tried at once; minor units of the install's currency. */
const PRICES = { codePriceMinor: 999, membershipPriceMinor: 499 };

export type Seeded = {
  readonly created: boolean;
  readonly channel: 'demo';
  readonly creatorEmail: string;
  /** The secrets are there only at the run that made them. */
  readonly creatorPassword?: string;
  readonly streamKey?: string;
  readonly accessCode?: string;
  readonly codeExpiresAt?: string;
};

async function demoCode(
  tx: Tx,
  config: Config,
  channel: Channel,
): Promise<Pick<Seeded, 'accessCode' | 'codeExpiresAt'>> {
  const [issued] = await issueCodes(tx, config, channel, { count: 1, label: LABEL }, 'cli');
  return issued ? { accessCode: issued.code, codeExpiresAt: issued.expiresAt.toISOString() } : {};
}

async function hasValidCode(tx: Tx, channelId: number): Promise<boolean> {
  const row = await tx.row(
    `SELECT 1 AS one FROM access_code
     WHERE channelId = ? AND label = ? AND revokedAt IS NULL AND expiresAt > UTC_TIMESTAMP(3) LIMIT 1`,
    [channelId, LABEL],
  );
  return row !== null;
}

async function seed(db: Db, config: Config): Promise<Seeded> {
  return db.transaction(async (tx) => {
    const base = { channel: SLUG, creatorEmail: EMAIL } as const;
    const existing = await findChannel(tx, SLUG);
    if (existing) {
      const fresh = (await hasValidCode(tx, existing.id)) ? {} : await demoCode(tx, config, existing);
      return { created: false, ...base, ...fresh };
    }
    const creatorPassword = newPassword();
    const { userId } = await createAccount(tx, { email: EMAIL, name: 'Demo creator', password: creatorPassword });
    await createChannel(tx, { slug: SLUG, name: 'Demo', ownerId: userId });
    const channel = await edit(tx, await channelBySlug(tx, SLUG), PRICES, 'cli');
    const { key } = await createKey(tx, { channelId: channel.id, label: 'Demo key' }, 'cli');
    return { created: true, ...base, creatorPassword, streamKey: key, ...(await demoCode(tx, config, channel)) };
  });
}

/**
 * Makes the demo creator, channel, key and code where they are not there. Again: changes nothing, but makes
 * a new code where the last one has run out.
 */
export async function seedDemo(config: Config): Promise<Seeded> {
  const db = openDb(config.secrets.databaseUrl, 1);
  try {
    return await seed(db, config);
  } finally {
    await db.close();
  }
}
