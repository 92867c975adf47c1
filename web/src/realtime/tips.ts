/** Tips as everybody on a channel's page hears of them. */
import type { ServerEvents } from '#contract/socket-events.ts';
import { takeSocket } from './socket.ts';

type TipEvent = Parameters<ServerEvents['tip:new']>[0];

/** Hears of each tip of a channel; `onBack` tells that some may have been missed. Returns stop. */
export function listenToTips(channel: string, onTip: (tip: TipEvent) => void, onBack: () => void): () => void {
  const { socket, release } = takeSocket();
  let away = false;
  const tip: ServerEvents['tip:new'] = (event) => {
    if (event.channel === channel) onTip(event);
  };
  const down = () => {
    away = true;
  };
  const up = () => {
    if (away) onBack();
    away = false;
  };
  socket.on('tip:new', tip);
  socket.on('disconnect', down);
  socket.on('connect', up);
  return () => {
    socket.off('tip:new', tip);
    socket.off('disconnect', down);
    socket.off('connect', up);
    release();
  };
}
