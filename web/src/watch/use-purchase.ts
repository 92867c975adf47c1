import { useEffect, useRef, useState } from 'react';
import { takeIntent } from '../account/intent.ts';
import { refreshMe } from '../account/me.ts';
import { useCheckout } from '../account/use-checkout.ts';
import { ApiError } from '../api/http.ts';
import type { CheckoutView } from '../api/shop.ts';
import { errorText } from '../i18n.ts';
import { tipFor } from './tips/tip.ts';
import type { Channel } from './use-channel.ts';
import { ticketFor } from './ways/ticket.ts';

/** What went on by itself after a payment: an access code that was entered, a ticket or a tip that waited for tokens. */
export type After = { kind: 'code' | 'ticket' | 'tip'; problem: string };

const AFTER_START_MS = 500;
const AGAIN_MS = 2000;
const LONGEST_TIMER_MS = 2 ** 31 - 1000;

/** The purchase that this page is about; once it is paid, what it was for goes on by itself. */
export function usePurchase(slug: string, channel: Channel) {
  const [after, setAfter] = useState<After | null>(null);
  const attempt = async (kind: After['kind'], task: () => Promise<boolean>) => {
    try {
      if (await task()) setAfter({ kind, problem: '' });
    } catch (error) {
      setAfter({ kind, problem: errorText(error) });
    }
    channel.refresh();
  };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onPaid = (view: CheckoutView) => {
    const { code, codeStartsAt } = view;
    if (code) {
      const nowMs = Date.now() + channel.known.clockOffsetMs;
      const waitMs = codeStartsAt ? Date.parse(codeStartsAt) - nowMs : 0;
      const enter = () =>
        attempt('code', async () => {
          try {
            await channel.validate(code);
            return true;
          } catch (error) {
            if (!(error instanceof ApiError) || !error.away) throw error;
            // It is paid for: a server or a network that is away now keeps nobody out.
            timer.current = setTimeout(enter, AGAIN_MS);
            return false;
          }
        });
      // A code whose hours begin later is entered when they do, if the page is still there.
      if (waitMs <= 0) void enter();
      else if (waitMs < LONGEST_TIMER_MS) timer.current = setTimeout(enter, waitMs + AFTER_START_MS);
      return;
    }
    if (view.kind === 'tokens') {
      const intent = takeIntent(slug);
      void refreshMe();
      if (intent?.kind === 'ticket') return void attempt('ticket', () => ticketFor(intent));
      if (intent?.kind === 'tip') return void attempt('tip', () => tipFor(slug, intent.tip));
    }
    channel.refresh();
  };
  const checkout = useCheckout(onPaid);
  return { ...checkout, after };
}
