/** Keys of the player, as viewers know them from everywhere else. */

export type KeyActions = {
  play: () => void;
  mute: () => void;
  fullscreen: () => void;
  theatre: () => void;
  live: () => void;
  oldest: () => void;
  seekBy: (seconds: number) => void;
  louderBy: (part: number) => void;
};

const SEEK_SECONDS = 5;
const LONG_SEEK_SECONDS = 10;
const VOLUME_STEP = 0.05;

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable], [role="menu"] *');

/** Starts listening on the whole page. Returns stop. */
export function listenToKeys(act: KeyActions): () => void {
  const table: Record<string, () => void> = {
    ' ': act.play,
    k: act.play,
    m: act.mute,
    f: act.fullscreen,
    t: act.theatre,
    j: () => act.seekBy(-LONG_SEEK_SECONDS),
    l: () => act.seekBy(LONG_SEEK_SECONDS),
    home: act.oldest,
    end: act.live,
    arrowleft: () => act.seekBy(-SEEK_SECONDS),
    arrowright: () => act.seekBy(SEEK_SECONDS),
    arrowup: () => act.louderBy(VOLUME_STEP),
    arrowdown: () => act.louderBy(-VOLUME_STEP),
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event.target)) return;
    // On a button or link the space bar presses that.
    if (event.key === ' ' && event.target instanceof HTMLElement && event.target.closest('button, a')) return;
    const action = table[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
  };
  document.addEventListener('keydown', pressed);
  return () => document.removeEventListener('keydown', pressed);
}
