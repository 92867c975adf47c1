/** A tip from the wallet: taken for granted at once, exact in the end, with a top-up on the way where needed. */
import i18next from 'i18next';
import { asFan, askTopUp } from '../../account/ask.ts';
import { dropIntent, keepIntent } from '../../account/intent.ts';
import { knownMe, refreshMe, setBalance } from '../../account/me.ts';
import { ApiError } from '../../api/http.ts';
import { payTip, type Tip } from '../../api/tips.ts';

/** Sends it. False: the visitor turned back, or is on the way to the top-up. Throws `ApiError`. */
export async function tipFor(channel: string, tip: Tip): Promise<boolean> {
  let balance = 0;
  try {
    const sent = await asFan('tip', async () => {
      balance = (await knownMe()).balance ?? 0;
      if (balance >= tip.amountTokens) setBalance(balance - tip.amountTokens);
      return payTip(tip);
    });
    if (sent) setBalance(sent.newBalance);
    return sent !== null;
  } catch (error) {
    setBalance(balance);
    const short = error instanceof ApiError && error.code === 'wallet.insufficient_funds';
    // Without an answer it may have been taken: what the server says counts.
    void refreshMe();
    if (!short) throw error;
    const known = (await refreshMe()).balance ?? balance;
    keepIntent({ kind: 'tip', channel, tip });
    const afterwards = i18next.t('tip.afterwards', { ns: 'watch', n: tip.amountTokens });
    const went = await askTopUp(Math.max(1, tip.amountTokens - known), afterwards);
    if (!went) dropIntent();
    return false;
  }
}
