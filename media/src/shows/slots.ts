/**
 * A small text that survives a crash in the middle of a write, and a full disk: it is kept in two places of
 * fixed size, written in turn and in place. Whatever happens to the newer one, the older one is whole; and
 * once both are there, no write needs room that the disk may not have.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A place grows in such steps, and never shrinks, bytes. */
const STEP_BYTES = 8192;

export type Slot = 0 | 1;
export const slotPath = (path: string, slot: Slot) => (slot === 0 ? `${path}.json` : `${path}.b.json`);
const SLOTS: readonly Slot[] = [0, 1];

/** The latest whole text. `torn`: what the other place held, newer or older, is lost. */
export type Kept = { readonly text: string; readonly generation: number; readonly torn: boolean };

const sumOf = (generation: number, text: string) =>
  createHash('sha256').update(`${generation} ${text}`).digest('hex').slice(0, 16);

function encode(generation: number, text: string): Buffer {
  const line = `${text}\n${generation} ${sumOf(generation, text)}\n`;
  const bytes = Buffer.from(line);
  return Buffer.concat([bytes, Buffer.alloc(STEP_BYTES - (bytes.length % STEP_BYTES), ' ')]);
}

function decode(content: string): { text: string; generation: number } | null {
  const [text = '', seal = ''] = content.split('\n', 2);
  const [generation = '', sum] = seal.split(' ', 2);
  // Earlier versions wrote one file, by rename, and without a seal.
  if (seal === '' && text.endsWith('}')) return { text, generation: 0 };
  return sum === sumOf(Number(generation), text) ? { text, generation: Number(generation) } : null;
}

/** Reads the newer whole text; null where none is whole. */
export function readSlots(path: string): Kept | null {
  const there = SLOTS.filter((slot) => existsSync(slotPath(path, slot)));
  const whole = there.flatMap((slot) => decode(readFileSync(slotPath(path, slot), 'utf8')) ?? []);
  const [newest] = whole.sort((a, b) => b.generation - a.generation);
  return newest ? { ...newest, torn: newest.generation > 0 && whole.length < SLOTS.length } : null;
}

/** True where something was kept once, whole or not. */
export const slotsExist = (path: string) => SLOTS.some((slot) => existsSync(slotPath(path, slot)));

export function removeSlots(path: string): void {
  for (const slot of SLOTS) rmSync(slotPath(path, slot), { force: true });
}

/** The text is on disk when it returns. */
export function writeSlotNow(path: string, slot: Slot, generation: number, text: string): void {
  const file = slotPath(path, slot);
  const isNew = !existsSync(file);
  const fd = openSync(file, isNew ? 'w' : 'r+', 0o600);
  try {
    const bytes = encode(generation, text);
    if (writeSync(fd, bytes, 0, bytes.length, 0) !== bytes.length) throw new Error('the disk took only a part');
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  if (isNew) syncFolder(file);
}

/** The text is on disk when it resolves. */
export async function writeSlot(path: string, slot: Slot, generation: number, text: string): Promise<void> {
  const file = slotPath(path, slot);
  const isNew = !existsSync(file);
  const handle = await open(file, isNew ? 'w' : 'r+', 0o600);
  try {
    const bytes = encode(generation, text);
    const { bytesWritten } = await handle.write(bytes, 0, bytes.length, 0);
    if (bytesWritten !== bytes.length) throw new Error('the disk took only a part');
    await handle.datasync();
  } finally {
    await handle.close();
  }
  if (isNew) syncFolder(file);
}

/** A new name is safe only once its folder is. */
function syncFolder(file: string): void {
  const fd = openSync(dirname(file), 'r');
  fsyncSync(fd);
  closeSync(fd);
}
