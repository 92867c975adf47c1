import { createKey, listKeys, revokeKey, rotateKey } from '#contract/keys.ts';
import { channelById, channelBySlug } from '../channels/service.ts';
import type { Binding } from '../platform/http.ts';
import { bindOwner } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import * as keys from './service.ts';

export function keyRoutes({ db, media }: Platform): Binding[] {
  const channelOfKey = async (id: string) => channelById(db, (await keys.liveKey(db, id)).channelId);
  return [
    bindOwner(
      listKeys,
      ({ query }) => channelBySlug(db, query.channel),
      async ({ channel }) => (await keys.keysOfChannel(db, channel.id)).map(keys.keyView),
    ),
    bindOwner(
      createKey,
      ({ body }) => channelBySlug(db, body.channel),
      async ({ body, channel, actor }) => {
        const made = await db.transaction((tx) =>
          keys.createKey(tx, { channelId: channel.id, label: body.label }, actor),
        );
        media.wake();
        return made;
      },
    ),
    bindOwner(
      rotateKey,
      ({ params }) => channelOfKey(params.id),
      async ({ params, actor }) => {
        const made = await db.transaction((tx) => keys.rotateKey(tx, params.id, actor));
        media.wake();
        return made;
      },
    ),
    bindOwner(
      revokeKey,
      ({ params }) => channelOfKey(params.id),
      async ({ params, actor }) => {
        await db.transaction((tx) => keys.revokeKey(tx, params.id, actor));
        media.wake();
        return { id: params.id, revoked: true as const };
      },
    ),
  ];
}
