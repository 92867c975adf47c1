/**
 * Who hears what is said inside a show that is not open to everybody: sockets that showed a grant for it, as long as
 * that grant holds. What ends a right at the playlist ends it here too, at the next look.
 */
import type { Grant } from '#contract/grant.ts';
import { readGrant } from '#contract/grant.ts';
import type { Revocation } from '#contract/media-port.ts';
import { startLoop } from '../platform/loop.ts';
import type { Platform } from '../platform/platform.ts';
import type { EventHandlers } from '../platform/sockets.ts';
import { isTakenBack } from './rules.ts';
import { revocations } from './service.ts';

/** How often everybody inside is looked at, and how old the list of what was taken back may be, milliseconds. */
const LOOK_MS = 2000;

type Socket = Parameters<EventHandlers['room:join']>[0];
type TakenBack = ReadonlyMap<string, readonly Revocation[]>;
export type ShowRooms = ReturnType<typeof openShowRooms>['rooms'];

export const showRoomOf = (showId: string): string => `show:${showId}`;

/** Starts looking after the sockets of this process. Returns the rooms and how to stop. */
export function openShowRooms({ config, db, log }: Pick<Platform, 'config' | 'db' | 'log'>) {
  /** What each socket showed, by the channel that it joined. */
  const inside = new Map<Socket, Map<string, Grant>>();
  let known: { readonly atMs: number; readonly list: Promise<TakenBack> } | null = null;

  /** Asked once for all who come within a look. */
  function takenBack(): Promise<TakenBack> {
    const nowMs = performance.now();
    if (known && nowMs - known.atMs < LOOK_MS) return known.list;
    const list = revocations(db).then((found) => Map.groupBy(found, ({ viewer }) => viewer));
    const asked = { atMs: nowMs, list };
    known = asked;
    list.catch(() => {
      if (known === asked) known = null;
    });
    return list;
  }
  const isOut = (grant: Grant, list: TakenBack): boolean => isTakenBack(grant, list.get(grant.viewer) ?? []);

  function leave(socket: Socket, channel: string): void {
    const grants = inside.get(socket);
    const grant = grants?.get(channel);
    if (!grant) return;
    grants?.delete(channel);
    void socket.leave(showRoomOf(grant.show));
  }

  function dropWhere(isOver: (grant: Grant) => boolean): void {
    for (const [socket, grants] of inside) {
      for (const [channel, grant] of grants) if (isOver(grant)) leave(socket, channel);
    }
  }

  /** A database that is away takes nobody's right, and gives it to nobody for longer than it was given. */
  async function look(): Promise<void> {
    if (inside.size === 0) return;
    dropWhere(({ untilMs }) => untilMs <= Date.now());
    known = null;
    const list = await takenBack();
    dropWhere((grant) => isOut(grant, list));
  }

  const rooms = {
    /** Lets a socket into the show that its grant names; one that does not hold changes nothing. */
    async enter(socket: Socket, channel: string, token: string): Promise<void> {
      const grant = readGrant(config.secrets.grantSecret, token);
      if (!grant || grant.untilMs <= Date.now() || isOut(grant, await takenBack()) || !socket.connected) return;
      leave(socket, channel);
      let grants = inside.get(socket);
      if (!grants) {
        grants = new Map();
        inside.set(socket, grants);
        socket.once('disconnect', () => inside.delete(socket));
      }
      grants.set(channel, grant);
      await socket.join(showRoomOf(grant.show));
    },
    leave,
  };
  return { rooms, stop: startLoop(log, 'rooms', LOOK_MS, look) };
}
