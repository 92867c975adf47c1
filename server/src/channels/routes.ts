import { editChannel } from '#contract/channels.ts';
import type { Binding } from '../platform/http.ts';
import { bindOwner } from '../platform/http.ts';
import type { Platform } from '../platform/platform.ts';
import { channelBySlug, edit, settingsOf } from './service.ts';

export function channelRoutes({ db, media }: Platform): Binding[] {
  return [
    bindOwner(
      editChannel,
      ({ params }) => channelBySlug(db, params.slug),
      async ({ body, channel, actor }) => {
        const edited = await db.transaction((tx) => edit(tx, channel, body, actor));
        media.wake();
        return settingsOf(edited);
      },
    ),
  ];
}
