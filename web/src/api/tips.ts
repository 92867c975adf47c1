/** Tips: to send one, and those that the page missed. */
import type { BodyOf, ReplyOf } from '#contract/endpoint.ts';
import type { recentTips, sendTip, TipEvent } from '#contract/tips.ts';
import { call } from './http.ts';
import { dropKey, keyFor } from './kept.ts';

export type { TipEvent };
export type Tip = Pick<BodyOf<typeof sendTip>, 'amountTokens' | 'message'> & {
  context: NonNullable<BodyOf<typeof sendTip>['context']>;
};

const FORM = 'tip';

/** Sends a tip. Until it is known to have gone, the same tip is the same request. Throws `ApiError`. */
export async function payTip(tip: Tip): Promise<ReplyOf<typeof sendTip>> {
  const sent = await call<typeof sendTip>('post', '/api/tips/send', { body: tip, key: keyFor(FORM, tip) });
  dropKey(FORM);
  return sent;
}

/** Tips of the last minutes since an instant, oldest first. */
export const loadRecentTips = (channel: string, since: string): Promise<TipEvent[]> =>
  call<typeof recentTips>('get', '/api/tips/recent', { query: { channel, since } });
