import { useTranslation } from 'react-i18next';
import type { Shop } from '../../api/shop.ts';
import forms from '../../ui/form.module.css';
import { whenText } from '../../ui/time.ts';
import type { Start } from './rules.ts';
import classes from './ways.module.css';

type Props = {
  starts: readonly Start[];
  value: string | null;
  onValue: (startsAt: string | null) => void;
  code: Shop['code'];
};

/** When the hours begin, where beginning at once would miss the planned show. */
export function StartChoice({ starts, value, onValue, code }: Props) {
  const { t } = useTranslation('watch');
  const { warning, showStartsAt } = code;
  if (starts.length < 2 || !showStartsAt || !warning) return null;
  return (
    <fieldset className={forms['choices']}>
      <legend className={`${forms['name']} ${classes['legend']}`}>
        {t('buy.when', { when: whenText(showStartsAt) })}
      </legend>
      {starts.map((start) => (
        <label key={start.startsAt ?? 'now'} className={forms['choice']}>
          <input
            type="radio"
            name="starts"
            checked={value === start.startsAt}
            onChange={() => onValue(start.startsAt)}
          />
          <span>
            <strong>{start.startsAt ? t('buy.later', { when: whenText(start.startsAt) }) : t('buy.now')}</strong>
            <span className={classes['until']}>
              {t(start.startsAt ? 'buy.untilGood' : `buy.until.${warning}`, {
                when: whenText(new Date(start.endsAtMs).toISOString()),
              })}
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
