import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { usePages } from '../../account/use-pages.ts';
import { openChannelSocket } from '../../realtime/channel.ts';
import { listenToTips } from '../../realtime/tips.ts';
import { Button } from '../../ui/Button.tsx';
import { Problem } from '../../ui/Problem.tsx';
import classes from '../studio.module.css';
import { dayTime } from '../words.ts';
import { amountText } from './amounts.ts';
import { loadTips, type TipPage } from './api.ts';
import own from './earnings.module.css';

/** Tips that come one upon another are asked for together, milliseconds. */
const GATHER_MS = 500;
const nothing = () => undefined;

/** Tips, newest first; new ones come by themselves. */
export function TipsCard({ channel }: { channel: string }) {
  const { t } = useTranslation('studio');
  const [sums, setSums] = useState<TipPage | null>(null);
  const list = usePages<TipPage['tips'][number], NonNullable<TipPage['next']>>(async (before) => {
    const page = await loadTips(channel, before);
    setSums(page);
    return { items: page.tips, next: page.next };
  });
  const { reload } = list;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const soon = () => {
      timer ??= setTimeout(() => {
        timer = null;
        reload();
      }, GATHER_MS);
    };
    const leave = openChannelSocket(channel, { joined: nothing, down: nothing, state: nothing, viewers: nothing });
    const stop = listenToTips(channel, soon, soon);
    return () => {
      if (timer) clearTimeout(timer);
      stop();
      leave();
    };
  }, [channel, reload]);
  const amount = (tokens: number) => amountText(t, tokens, 'TOKEN');
  return (
    <section className={classes['card']} aria-labelledby="tips-heading">
      <h2 id="tips-heading" className={classes['heading']}>
        {t('earnings.tips.heading')}
      </h2>
      {sums && sums.count > 0 ? (
        <p className={classes['quiet']}>
          {t('earnings.tips.total', {
            count: sums.count,
            total: amount(sums.totalTokens),
            own: amount(sums.creatorTotalTokens),
          })}
        </p>
      ) : null}
      <Problem text={list.problem} />
      {list.items?.length === 0 ? <p className={classes['quiet']}>{t('earnings.tips.none')}</p> : null}
      <ul className={classes['rows']} aria-live="polite">
        {list.items?.map((tip) => (
          <li key={tip.id} className={own['sale']} data-tip={tip.id}>
            <div className={classes['row']}>
              <span className={classes['strong']}>{tip.fromUsername}</span>
              {tip.message ? <span className={own['message']}>{tip.message}</span> : null}
              <span className={classes['quiet']}>{dayTime(tip.at)}</span>
            </div>
            <div className={own['side']}>
              <span className={own['amount']}>{amount(tip.amountTokens)}</span>
              <span className={classes['quiet']}>{t('earnings.tips.own', { own: amount(tip.creatorTokens) })}</span>
            </div>
          </li>
        ))}
      </ul>
      {list.more ? (
        <div className={classes['actions']}>
          <Button small aria-disabled={list.busy} onClick={list.more}>
            {t('earnings.more')}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
