import { randomBytes } from 'node:crypto';
import type { Config } from '#config/index.ts';
import type { AccessCodeView } from '#contract/access-codes.ts';
import { AppError } from '#contract/errors.ts';
import type { CodeId } from '#contract/ids.ts';
import type { Revocation } from '#contract/media-port.ts';
import type { Channel } from '../channels/service.ts';
import { audit } from '../platform/audit.ts';
import type { Db, Sql, Tx } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import * as rules from './rules.ts';
import { lookupOf, seal, unseal } from './seal.ts';
import * as store from './store.ts';

const HOUR_MS = 3_600_000;
/** Codes of one INSERT. */
const ISSUE_BATCH = 1000;

export type IssuedCode = { readonly id: CodeId; readonly code: string; readonly expiresAt: Date };
type Issue = {
  readonly count: number;
  readonly label?: string | undefined;
  readonly email?: string | undefined;
  /** When the hours begin; at once where it is left out. */
  readonly startsAt?: Date | null | undefined;
};

/** Issues codes that are valid from now (or `startsAt`), by the database's clock, for the channel's hours. */
export async function issueCodes(
  tx: Tx,
  config: Config,
  channel: Channel,
  issue: Issue,
  actor: string,
): Promise<IssuedCode[]> {
  const { codeLookupKey, codeSealKey } = config.secrets;
  const createdAt = await store.databaseNow(tx);
  const startsAt = issue.startsAt && issue.startsAt > createdAt ? issue.startsAt : null;
  const expiresAt = new Date((startsAt ?? createdAt).getTime() + channel.codeHours * HOUR_MS);
  const symbols = rules.symbolCount(channel.codePrefix, channel.codeSymbols);
  const rows = Array.from({ length: Math.min(issue.count, ISSUE_BATCH) }, () => {
    const code = rules.format(channel.codePrefix, randomBytes(symbols));
    const publicId = newId('cod');
    const row: store.NewCode = {
      publicId,
      channelId: channel.id,
      lookup: lookupOf(codeLookupKey, rules.fold(code)),
      sealed: seal(codeSealKey, code, publicId),
      label: issue.label ?? null,
      email: issue.email ?? null,
      issuedBy: actor,
      createdAt,
      startsAt,
      expiresAt,
    };
    return { code, row };
  });
  await store.insertCodes(
    tx,
    rows.map(({ row }) => row),
  );
  const details = { count: rows.length, label: issue.label };
  await audit(tx, { kind: 'code.issued', actor, subject: rows[0]?.row.publicId ?? channel.slug, details });
  return rows.map(({ code, row }) => ({ id: row.publicId as CodeId, code, expiresAt }));
}

export type Checked = { readonly found: store.FoundCode; readonly secondsLeft: number };

/** Looks a typed code up. Throws one error of `code.…`; does the same work whatever is wrong. */
export async function checkCode(
  sql: Sql,
  config: Config,
  typed: string,
  channel: string,
  deviceHash: Buffer,
): Promise<Checked> {
  const folded = rules.fold(typed);
  const found = await store.find(sql, lookupOf(config.secrets.codeLookupKey, folded), deviceHash);
  const facts = found && {
    channel: found.channel,
    expired: found.expired === 1,
    revoked: found.revoked === 1,
    early: found.early === 1,
  };
  const refusal = rules.refusal(folded, facts, channel);
  if (refusal !== null || !found) throw new AppError(refusal ?? 'code.unknown');
  return { found, secondsLeft: Math.floor((found.expiresAt.getTime() - found.now.getTime()) / 1000) };
}

/** Lets one more device in; the oldest make room. Returns how many did: media must be woken then. */
async function admit(tx: Tx, found: store.FoundCode, deviceHash: Buffer): Promise<number> {
  await store.lockCode(tx, found.id);
  const out = rules.displaced(await store.otherDevices(tx, found.id, deviceHash), found.maxDevices);
  for (const { id } of out) await store.displaceDevice(tx, id);
  await store.admitDevice(tx, found.id, deviceHash);
  return out.length;
}

/** Notes the use of a code by a device, which it lets in where it is not. Returns how many made room. */
export async function useCode(
  db: Db,
  logUsage: (usage: store.Usage) => Promise<void>,
  found: store.FoundCode,
  deviceHash: Buffer,
  address: string,
): Promise<number> {
  const logged = logUsage([found.id, deviceHash, address, found.now]);
  if (found.admitted === 1) {
    await logged;
    return 0;
  }
  const [displaced] = await Promise.all([db.transaction((tx) => admit(tx, found, deviceHash)), logged]);
  return displaced;
}

/** Throws code.not_found. */
export async function codeById(sql: Sql, publicId: string): Promise<store.ListedCode> {
  const code = await store.byPublicId(sql, publicId);
  if (!code) throw new AppError('code.not_found');
  return code;
}

/** The row of a code as typed. Throws code.unknown. */
export async function codeByText(sql: Sql, config: Config, typed: string): Promise<store.ListedCode> {
  const code = await store.byLookup(sql, lookupOf(config.secrets.codeLookupKey, rules.fold(typed)));
  if (!code) throw new AppError('code.unknown');
  return code;
}

/** Withdraws a code; true where it was not before. Media must be woken after the commit. */
export async function revokeCode(tx: Tx, code: store.ListedCode, actor: string): Promise<boolean> {
  const { touched } = await store.revoke(tx, code.id);
  if (touched > 0) await audit(tx, { kind: 'code.revoked', actor, subject: code.publicId });
  return touched > 0;
}

/** Gives a withdrawn code back, to the end of its hours. Media must be woken after the commit. */
export async function restoreCode(tx: Tx, publicId: string, actor: string): Promise<void> {
  const { touched } = await store.restore(tx, publicId);
  if (touched > 0) await audit(tx, { kind: 'code.restored', actor, subject: publicId });
}

/** The newest codes of a channel, with their last four symbols. */
export async function listCodes(sql: Sql, config: Config, channelId: number): Promise<AccessCodeView[]> {
  const codes = await store.newest(sql, channelId);
  return codes.map((code) => ({
    id: code.publicId as CodeId,
    hint: unseal(config.secrets.codeSealKey, code.sealed, code.publicId).slice(-4),
    label: code.label,
    email: code.email,
    state: code.revokedAt ? 'revoked' : code.expired === 1 ? 'expired' : 'valid',
    createdAt: code.createdAt.toISOString(),
    expiresAt: code.expiresAt.toISOString(),
    lastUsedAt: code.lastUsedAt?.toISOString() ?? null,
    usageCount: code.usageCount,
  }));
}

/** After every grant. */
const EVER_MS = Number.MAX_SAFE_INTEGER;
/**
 * A device that made room is seen by others a little after the instant that stands in its row: until its transaction
 * commits a grant may still be given. One that comes back sooner waits for media's next look.
 */
const COMMIT_MS = 1000;

/**
 * What media must know of rights that were taken back. Level, not edge: the same list until they lapse. A right that is
 * over is over for each of its grants, whenever given: a grant that was given while the end was being written too.
 */
export async function revocations(sql: Sql): Promise<Revocation[]> {
  const [ended, displaced] = await Promise.all([store.endedRights(sql), store.displacedDevices(sql)]);
  const over = (viewer: string): Revocation => ({ viewer, device: null, beforeMs: EVER_MS, reason: 'revoked' });
  return [
    ...ended.map(over),
    ...displaced.map(({ viewer, device, at }): Revocation => {
      return { viewer, device, beforeMs: at.getTime() + COMMIT_MS, reason: 'taken_over' };
    }),
  ];
}

export { LONGEST_GRANT_HOURS } from './store.ts';
export const openChannels = store.openChannels;
