/** As much of a low-latency playlist as a viewer needs: what to fetch, and what to ask for next. */
export type Tail = {
  /** Addresses of all listed parts, oldest first. */
  readonly parts: readonly string[];
  /** `_HLS_msn` and `_HLS_part` of the first part that is not listed yet. */
  readonly next: { readonly msn: number; readonly part: number };
};

export function readTail(text: string): Tail {
  const sequence = /#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1];
  if (sequence === undefined) throw new Error('not a media playlist');
  const parts: string[] = [];
  let msn = Number(sequence);
  let part = 0;
  for (const line of text.split('\n')) {
    if (line.startsWith('#EXT-X-PART:')) {
      const address = /URI="([^"]+)"/.exec(line)?.[1];
      if (address) parts.push(address);
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
