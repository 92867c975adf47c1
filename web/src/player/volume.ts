/** Volume kept on the device, as every player does. Storage may be forbidden; then nothing is kept. */
const NAME = 'stagedoor.volume';

/** The volume (0 to 1) and silence chosen last. */
export function readVolume(): { volume: number; muted: boolean } {
  try {
    const [volume, muted] = (localStorage.getItem(NAME) ?? '1,0').split(',').map(Number);
    return { volume: volume !== undefined && volume >= 0 && volume <= 1 ? volume : 1, muted: muted === 1 };
  } catch {
    return { volume: 1, muted: false };
  }
}

/** Keeps the viewer's choice. */
export function saveVolume(volume: number, muted: boolean): void {
  try {
    localStorage.setItem(NAME, `${volume},${muted ? 1 : 0}`);
  } catch {
    // Private windows may refuse; the choice then lasts as long as the page.
  }
}
