import { checkCodeStatus, createCodes, listCodes, revokeCode, validateCode } from '#contract/access-codes.ts';
import { AppError } from '#contract/errors.ts';
import type { CodeId } from '#contract/ids.ts';
import { channelById, channelBySlug } from '../channels/service.ts';
import type { Language } from '../notifications/outbox.ts';
import { addNotice } from '../notifications/outbox.ts';
import type { Tx } from '../platform/db.ts';
import type { Binding, Call } from '../platform/http.ts';
import { bind, bindOwner } from '../platform/http.ts';
import { makeLimiter } from '../platform/limits.ts';
import type { Platform } from '../platform/platform.ts';
import { deviceOf, giveGrant, newDevice } from './device.ts';
import { makeGuesses } from './guesses.ts';
import * as access from './service.ts';
import { ticketRoutes } from './ticket-routes.ts';
import { makeUsageLog } from './usage.ts';

/**
 * New devices that one code may let in within ten minutes, many more than it lets watch at once: each leaves a line for
 * media behind.
 */
const NEW_DEVICES = { name: 'code-new-device', points: 200, seconds: 600 };

type CodeCall = Call<typeof validateCode> | Call<typeof checkCodeStatus>;

function codeRoutes(platform: Platform): Binding[] {
  const { config, db, media, redis } = platform;
  const newDevices = makeLimiter(config, redis, NEW_DEVICES);
  const guesses = makeGuesses(platform);
  const logUsage = makeUsageLog(db);

  /** Limit and look-up run side by side; the limit's answer counts first, so a guess beyond it learns nothing. */
  async function checked(call: CodeCall, deviceHash: Buffer, deviceHex: string | null): Promise<access.Checked> {
    const [limit, code] = await Promise.allSettled([
      guesses.check(call.address, deviceHex),
      access.checkCode(db, config, call.body.code, call.body.channel, deviceHash),
    ]);
    if (limit.status === 'rejected') throw limit.reason;
    if (code.status === 'fulfilled') return code.value;
    const error = code.reason;
    if (error instanceof AppError) await guesses.wrong(call.address, deviceHex, error.code);
    throw error;
  }

  return [
    bind(validateCode, async (call) => {
      const known = deviceOf(config, call.request);
      const fresh = known ? null : newDevice();
      const device = known ?? fresh?.device;
      if (!device) throw new Error('a device is either known or new');
      const { found, secondsLeft } = await checked(call, device.hash, known?.hex ?? null);
      const mayEnter = found.admitted === 1 || (await newDevices.use(found.publicId));
      if (!mayEnter) throw new AppError('request.too_many');
      const displaced = await access.useCode(db, logUsage, found, device.hash, call.address);
      if (displaced > 0) media.wake();
      fresh?.give(config, call.response);
      const right = {
        viewer: found.publicId,
        device: device.hex,
        role: 'viewer' as const,
        maxDevices: found.maxDevices,
        nowMs: found.now.getTime(),
        untilMs: found.expiresAt.getTime(),
      };
      return {
        valid: true as const,
        expiresAt: found.expiresAt.toISOString(),
        secondsLeft,
        channel: found.channel,
        grant: found.showId ? giveGrant(config, call.response, { ...right, show: found.showId }) : null,
      };
    }),
    bind(checkCodeStatus, async (call) => {
      const known = deviceOf(config, call.request);
      const { found, secondsLeft } = await checked(call, known?.hash ?? Buffer.alloc(32), known?.hex ?? null);
      return { valid: true, expiresAt: found.expiresAt.toISOString(), secondsLeft, channel: found.channel };
    }),
  ];
}

/** Sends a code that was issued by hand for an address; a batch goes out by the creator's own ways. */
async function sendByHand(
  tx: Tx,
  codes: readonly access.IssuedCode[],
  email: string,
  language: Language,
): Promise<void> {
  const to = { userId: null, email, language };
  for (const { id } of codes) await addNotice(tx, { event: 'code.issued', key: id, to, data: { codeId: id } });
}

function ownerRoutes({ config, db, media }: Platform): Binding[] {
  const channelOfCode = async (id: string) => channelById(db, (await access.codeById(db, id)).channelId);
  return [
    bindOwner(
      createCodes,
      ({ body }) => channelBySlug(db, body.channel),
      async ({ body, channel, actor }) => {
        const issued = await db.transaction(async (tx) => {
          const codes = await access.issueCodes(tx, config, channel, body, actor);
          if (body.email !== undefined && codes.length === 1)
            await sendByHand(tx, codes, body.email, body.language ?? 'en');
          return codes;
        });
        return issued.map(({ id, code, expiresAt }) => ({ id, code, expiresAt: expiresAt.toISOString() }));
      },
    ),
    bindOwner(
      listCodes,
      ({ query }) => channelBySlug(db, query.channel),
      ({ channel }) => access.listCodes(db, config, channel.id),
    ),
    bindOwner(
      revokeCode,
      ({ params }) => channelOfCode(params.id),
      async ({ params, actor }) => {
        const code = await access.codeById(db, params.id);
        await db.transaction((tx) => access.revokeCode(tx, code, actor));
        media.wake();
        return { id: params.id as CodeId, revoked: true as const };
      },
    ),
  ];
}

export const accessRoutes = (platform: Platform): Binding[] => [
  ...codeRoutes(platform),
  ...ownerRoutes(platform),
  ...ticketRoutes(platform),
];
