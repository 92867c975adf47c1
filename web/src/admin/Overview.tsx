import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { errorText } from '../i18n.ts';
import { Button } from '../ui/Button.tsx';
import { Problem } from '../ui/Problem.tsx';
import { whenText } from '../ui/time.ts';
import { AskStripe } from './AskStripe.tsx';
import classes from './admin.module.css';
import { type Dashboard, loadDashboard } from './api.ts';
import { amountText } from './words.ts';

const EVERY_MS = 10_000;

/** The server at a glance, asked again every ten seconds. */
export function Overview({ bearer }: { bearer: string }) {
  const { t } = useTranslation('admin');
  const [board, setBoard] = useState<Dashboard | null>(null);
  const [problem, setProblem] = useState('');
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another turn asks again.
  useEffect(() => {
    let stopped = false;
    const load = () =>
      loadDashboard(bearer).then(
        (next) => {
          if (stopped) return;
          setBoard(next);
          setProblem('');
        },
        (error: unknown) => {
          if (!stopped) setProblem(errorText(error));
        },
      );
    void load();
    const timer = setInterval(() => {
      if (!document.hidden) void load();
    }, EVERY_MS);
    return () => {
      stopped = true;
      clearInterval(timer);
    };
  }, [bearer, turn]);
  const again = () => setTurn((was) => was + 1);
  return (
    <>
      <Problem text={problem} />
      {problem && !board ? <Button onClick={again}>{t('again')}</Button> : null}
      {board ? (
        <div className={classes['grid']}>
          <Now board={board} />
          <Money board={board} />
          <Sales heading={t('board.today')} sales={board.sales.today} />
          <Sales heading={t('board.days30')} sales={board.sales.days30} />
          <Machine board={board} />
          <AskStripe bearer={bearer} onDone={again} />
        </div>
      ) : problem ? null : (
        <p role="status">{t('loading')}</p>
      )}
    </>
  );
}

type Fact = readonly [name: string, value: string | number, bad?: boolean];

function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className={classes['figures']}>
      {facts.map(([name, value, bad]) => (
        <div key={`${name} ${value}`}>
          <dt>{name}</dt>
          <dd data-bad={bad ? 'yes' : 'no'}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Now({ board }: { board: Dashboard }) {
  const { t } = useTranslation('admin');
  return (
    <section className={classes['card']}>
      <h2 className={classes['heading']}>{t('board.now')}</h2>
      <Facts
        facts={[
          [t('board.viewers'), board.live.viewers],
          [t('board.channels'), board.channels],
          [t('board.accounts'), board.accounts],
        ]}
      />
      <h3 className={classes['sub']}>{t('board.live')}</h3>
      {board.live.shows.length === 0 ? <p className={classes['quiet']}>{t('board.noLive')}</p> : null}
      <ul className={classes['rows']}>
        {board.live.shows.map((show) => (
          <li key={show.showId} className={classes['row']}>
            <span className={classes['strong']}>
              <a href={`/c/${show.channel}`}>{show.channel}</a> {show.title}
            </span>
            <span className={classes['quiet']}>{t('board.watching', { count: show.viewers })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Money({ board }: { board: Dashboard }) {
  const { t } = useTranslation('admin');
  const { payouts, ledger } = board;
  const waiting = payouts.waiting.map(({ count, currency, amount }) =>
    t('board.waiting', { count, amount: amountText(t, amount, currency) }),
  );
  // Those to whom it is owed stand together, and what is nothing is left out.
  const owed = ledger.owed
    .filter(({ amount }) => amount !== 0)
    .sort((a, b) => a.kind.localeCompare(b.kind) || a.currency.localeCompare(b.currency));
  return (
    <section className={classes['card']}>
      <h2 className={classes['heading']}>{t('board.money')}</h2>
      <Facts
        facts={[
          [t('board.payoutsWaiting'), waiting.join(', ') || 0],
          [t('board.payoutsPaying'), payouts.paying],
          ...owed.map(({ kind, currency, amount }): Fact => [t(`board.owed.${kind}`), amountText(t, amount, currency)]),
        ]}
      />
      {payouts.oldestRequestedAt ? (
        <p className={classes['quiet']}>{t('board.oldest', { time: whenText(payouts.oldestRequestedAt) })}</p>
      ) : null}
    </section>
  );
}

function Sales({ heading, sales }: { heading: string; sales: Dashboard['sales']['today'] }) {
  const { t } = useTranslation('admin');
  return (
    <section className={classes['card']}>
      <h2 className={classes['heading']}>{heading}</h2>
      {sales.length === 0 ? <p className={classes['quiet']}>{t('board.noSales')}</p> : null}
      <ul className={classes['rows']}>
        {sales.map(({ source, currency, count, gross, tax, platform, refunded }) => (
          <li key={`${source} ${currency}`} className={classes['row']}>
            <span className={classes['strong']}>{t(`board.source.${source}`)}</span>
            <span className={classes['quiet']}>
              {t(source === 'tokens' ? 'board.soldTokens' : 'board.sold', {
                count,
                gross: amountText(t, gross, currency),
                platform: amountText(t, platform, currency),
              })}
              {tax === 0 ? '' : `, ${t('board.tax', { tax: amountText(t, tax, currency) })}`}
              {refunded === 0 ? '' : `, ${t('board.refunded', { refunded: amountText(t, refunded, currency) })}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Machine({ board: { outbox, stripe, ledger } }: { board: Dashboard }) {
  const { t } = useTranslation('admin');
  const time = (at: string | null) => (at ? whenText(at) : t('board.never'));
  const check = ledger.lastVerify;
  return (
    <section className={classes['card']}>
      <h2 className={classes['heading']}>{t('board.health')}</h2>
      <Facts
        facts={[
          [t('board.mode'), t(`board.modes.${stripe.mode}`)],
          [t('board.webhook'), time(stripe.lastWebhookAt)],
          [t('board.reconciled'), time(stripe.lastReconcileAt)],
          [t('board.refundsWaiting'), stripe.refundsWaiting],
          [t('board.mailsFailed'), outbox.failed, outbox.failed > 0],
          [t('board.mailsPending'), outbox.pending],
          [t('board.unsealed'), ledger.unsealed],
          [t('board.seal'), time(ledger.lastSealAt)],
          [
            t('board.verify'),
            check ? t(check.ok ? 'board.verified' : 'board.broken', { time: whenText(check.at) }) : t('board.never'),
            check?.ok === false,
          ],
        ]}
      />
    </section>
  );
}
