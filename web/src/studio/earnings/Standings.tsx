import { useTranslation } from 'react-i18next';
import classes from '../studio.module.css';
import { signedText } from './amounts.ts';
import type { Statement } from './api.ts';
import own from './earnings.module.css';

/** Where a month began, what it changed, and where it ended. */
export function Standings({ statement }: { statement: Statement }) {
  const { t } = useTranslation('studio');
  const { currency, opening, closing, month } = statement;
  const signed = (value: number) => signedText(t, value, currency);
  const standing = ({ balance, debt }: Statement['opening']) =>
    [signed(balance), debt < 0 ? t('earnings.statement.debt', { debt: signed(-debt) }) : ''].filter(Boolean).join(', ');
  return (
    <dl className={classes['figures']} data-statement={month}>
      <div>
        <dt>{t('earnings.statement.opening')}</dt>
        <dd>{standing(opening)}</dd>
      </div>
      <div>
        <dt>{t('earnings.statement.change')}</dt>
        <dd>{signed(closing.balance - opening.balance)}</dd>
      </div>
      <div>
        <dt>{t('earnings.statement.closing')}</dt>
        <dd className={own['closing']}>{standing(closing)}</dd>
      </div>
    </dl>
  );
}
