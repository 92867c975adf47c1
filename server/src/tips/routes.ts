import { AppError } from '#contract/errors.ts';
import type { TipEvent } from '#contract/tips.ts';
import { listTips, recentTips, sendTip } from '#contract/tips.ts';
import { showRoomOf } from '../access/rooms.ts';
import { waysOf } from '../channels/rules.ts';
import { channelBySlug } from '../channels/service.ts';
import type { Binding } from '../platform/http.ts';
import { bind, bindOwner, bindUser } from '../platform/http.ts';
import { idempotencyKey } from '../platform/idempotency.ts';
import { makeLimiter } from '../platform/limits.ts';
import type { Platform } from '../platform/platform.ts';
import { ownerRoomOf, roomOf } from '../shows/announce.ts';
import { visitorOf } from '../shows/visitor.ts';
import * as tips from './service.ts';

/** Tips that one fan may send to one channel, and that one channel takes, in ten seconds. */
const OF_A_FAN = 10;
const OF_A_CHANNEL = 300;
const WINDOW_SECONDS = 10;

/** Tells those who may hear it: on a show that is not for everybody who is inside, and its creator. */
function tell({ sockets }: Pick<Platform, 'sockets'>, { channel, show }: tips.Target, event: TipEvent): void {
  const { slug } = channel;
  const isPrivate = show !== null && !waysOf(show.audience).includes('everybody');
  const hearers = sockets.to(isPrivate ? [showRoomOf(show.publicId), ownerRoomOf(slug)] : roomOf(slug));
  hearers.emit('tip:new', event);
  hearers.emit(`tip:new:${slug}`, event);
}

export function tipRoutes(platform: Platform): Binding[] {
  const { config, db, redis } = platform;
  const byFan = makeLimiter(config, redis, { name: 'tip-fan', points: OF_A_FAN, seconds: WINDOW_SECONDS });
  const byChannel = makeLimiter(config, redis, { name: 'tip-channel', points: OF_A_CHANNEL, seconds: WINDOW_SECONDS });
  return [
    bindUser(sendTip, async ({ user, body, request }) => {
      const key = idempotencyKey(request);
      const target = await tips.targetOf(db, body);
      const { id } = target.channel;
      const within = (await byFan.use(`${user.userId}:${id}`)) && (await byChannel.use(String(id)));
      if (!within) throw new AppError('tip.too_fast', { seconds: WINDOW_SECONDS });
      const { reply, event } = await tips.tip(db, config, { user, key, request: body, target });
      if (event) tell(platform, target, event);
      return reply;
    }),
    bindOwner(
      listTips,
      ({ query }) => channelBySlug(db, query.channel),
      ({ channel, query }) => tips.tipsOf(db, channel, { showId: query.stream, before: query.before }),
    ),
    bind(recentTips, async (call) => {
      const { channel, since } = call.query;
      return tips.recentTips(db, await channelBySlug(db, channel), since, () => visitorOf(config, call));
    }),
  ];
}
