/** A part's address, and its range of the file: the `Range` header that asks for it, and where it ends. */
export type ListedPart = { readonly address: string; readonly range: string; readonly end: number };

/** The parts after the one with this address; all where it is not listed any more. */
export const partsAfter = (tail: Tail, address: string): readonly ListedPart[] =>
  tail.parts.slice(tail.parts.findIndex((part) => part.address === address) + 1);

/** As much of a low-latency playlist as a viewer needs: what to fetch, and what to ask for next. */
export type Tail = {
  /** All listed parts, oldest first. */
  readonly parts: readonly ListedPart[];
  /** `_HLS_msn` and `_HLS_part` of the first part that is not listed yet. */
  readonly next: { readonly msn: number; readonly part: number };
};

export function readTail(text: string): Tail {
  const sequence = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1];
  if (sequence === undefined) throw new Error('not a media playlist');
  const parts: ListedPart[] = [];
  let msn = Number(sequence);
  let part = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-PART:')) {
      const [, address = ''] = /URI="([^"]+)"/.exec(line) ?? [];
      const [, bytes, offset] = /BYTERANGE="(\d+)@(\d+)"/.exec(line) ?? [];
      const end = Number(offset) + Number(bytes);
      parts.push({ address, range: `bytes=${offset}-${end - 1}`, end });
      part++;
    } else if (line.startsWith('#EXTINF:')) {
      msn++;
      part = 0;
    } else if (line.startsWith('#EXT-X-SKIP:')) {
      msn += Number(/SKIPPED-SEGMENTS=(\d+)/.exec(line)?.[1]);
    }
  }
  return { parts, next: { msn, part } };
}

/** The first variant of a master playlist: the source rendition. */
export function firstVariant(text: string): string {
  const variant = text.split('\n').find((line) => line !== '' && !line.startsWith('#'));
  if (!variant) throw new Error('not a master playlist');
  return variant;
}
