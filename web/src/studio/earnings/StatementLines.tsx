import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import classes from '../studio.module.css';
import { dayTime } from '../words.ts';
import { amountText, signedText } from './amounts.ts';
import type { Statement } from './api.ts';
import own from './statement.module.css';

type Line = Statement['lines'][number];
type Props = { lines: readonly Line[]; totals: Statement['totals']; currency: string };

/** How a debt changed; what pays it back leaves the balance, and is no loss. */
function owedText(t: TFunction<'studio'>, debt: number, currency: string): string {
  if (debt === 0) return '';
  const words = debt < 0 ? 'earnings.statement.owed' : 'earnings.statement.paidBack';
  return t(words, { amount: amountText(t, Math.abs(debt), currency) });
}

/** A month line by line: a table where there is room, on a phone a block for each line. */
export function StatementLines({ lines, totals, currency }: Props) {
  const { t } = useTranslation('studio');
  const signed = (value: number | null) => (value === null ? '' : signedText(t, value, currency));
  // Where no tax is asked, nobody needs a column of nothing.
  const isTaxed = totals.tax !== 0 || lines.some(({ tax }) => tax !== null && tax !== 0);
  const amounts = isTaxed ? (['gross', 'tax', 'platform', 'own'] as const) : (['gross', 'platform', 'own'] as const);
  if (totals.lines === 0) return <p className={classes['quiet']}>{t('earnings.statement.empty')}</p>;
  return (
    <>
      <table className={own['lines']}>
        <caption className={own['caption']}>
          {t('earnings.statement.shown', { count: totals.lines, shown: lines.length })}
        </caption>
        <thead>
          <tr>
            {(['date', 'what', 'buyer'] as const).map((name) => (
              <th key={name} scope="col">
                {t(`earnings.statement.column.${name}`)}
              </th>
            ))}
            {amounts.map((name) => (
              <th key={name} scope="col" className={own['number']}>
                {t(`earnings.statement.column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <LineRow key={line.transferId} line={line} currency={currency} isTaxed={isTaxed} />
          ))}
        </tbody>
        <tfoot>
          <tr data-totals={currency}>
            <th scope="row" colSpan={3} className={own['what']}>
              {t('earnings.statement.totals', { count: totals.lines })}
            </th>
            <Amount name="gross" words={signed(totals.gross)} />
            {isTaxed ? <Amount name="tax" words={signed(totals.tax)} /> : null}
            <Amount name="platform" words={signed(totals.platform)} />
            <Amount name="own" words={signed(totals.amount)} owed={owedText(t, totals.debt, currency)} />
          </tr>
        </tfoot>
      </table>
      <p className={classes['quiet']}>{t('earnings.statement.same')}</p>
    </>
  );
}

function LineRow({ line, currency, isTaxed }: { line: Line; currency: string; isTaxed: boolean }) {
  const { t } = useTranslation('studio');
  const { kind, amount, debt, gross, tax, platform, buyer, bps } = line;
  const signed = (value: number | null) => (value === null ? '' : signedText(t, value, currency));
  return (
    <tr data-line={kind}>
      <td className={own['date']}>{dayTime(line.at)}</td>
      <td className={own['what']}>
        {t(`earnings.statement.kind.${kind}`)}
        {bps === null ? null : <small> {t('earnings.statement.percent', { percent: bps / 100 })}</small>}
      </td>
      <td className={own['buyer']}>{gross === null ? '' : (buyer ?? t('earnings.sale.unknown'))}</td>
      <Amount name="gross" words={signed(gross)} />
      {isTaxed ? <Amount name="tax" words={signed(tax)} /> : null}
      <Amount name="platform" words={signed(platform)} />
      <Amount name="own" words={signed(amount)} below={amount < 0} owed={owedText(t, debt, currency)} />
    </tr>
  );
}

type AmountProps = { name: 'gross' | 'tax' | 'platform' | 'own'; words: string; below?: boolean; owed?: string };

function Amount({ name, words, below = false, owed = '' }: AmountProps) {
  const { t } = useTranslation('studio');
  return (
    <td
      className={`${own['number']} ${own[name]}`}
      data-label={words ? t(`earnings.statement.column.${name}`) : ''}
      data-below={below ? 'yes' : 'no'}
    >
      {words}
      {owed ? <small className={own['owed']}>{owed}</small> : null}
    </td>
  );
}
