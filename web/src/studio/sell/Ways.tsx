import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Way } from '#contract/live-sessions.ts';
import { priceText } from '../../ui/money.ts';
import type { Overview } from '../use-overview.ts';
import classes from './sell.module.css';

type Props = {
  heading: string;
  hint?: string;
  chosen: readonly Way[];
  onChosen: (ways: Way[]) => void;
  /** Which ways can be chosen here: a channel's setting knows no tickets. */
  offered: readonly Way[];
  channel: Overview['channel'];
  currency: string;
  problem?: string;
};

/** Who may watch: one or several ways, each with what it means at present. */
export function Ways({ heading, hint, chosen, onChosen, offered, channel, currency, problem }: Props) {
  const { t } = useTranslation('studio');
  const id = useId();
  const toggle = (way: Way, on: boolean) => {
    const others = chosen.filter((one) => one !== way);
    // Nobody pays for what is free, and the server refuses the two together.
    const fitting = way === 'everybody' && on ? others.filter((one) => one !== 'ticket') : others;
    onChosen(on ? offered.filter((one) => one === way || fitting.includes(one)) : fitting);
  };
  const meaning = (way: Way): string => {
    const { codePriceMinor: code, membershipPriceMinor: member } = channel;
    if (way === 'everybody') return t('ways.everybodyHint');
    if (way === 'ticket') return t(chosen.includes('everybody') ? 'ways.ticketFree' : 'ways.ticketHint');
    if (way === 'code')
      return code === null ? t('ways.codeUnsold') : t('ways.codeHint', { price: priceText(code, currency) });
    return member === null
      ? t('ways.membershipUnsold')
      : t('ways.membershipHint', { price: priceText(member, currency) });
  };
  return (
    <fieldset className={classes['ways']} aria-describedby={problem ? `${id}-problem` : undefined}>
      <legend className={classes['legend']}>{heading}</legend>
      {hint ? <p className={classes['hint']}>{hint}</p> : null}
      {offered.map((way) => (
        <label key={way} className={classes['way']}>
          <input
            type="checkbox"
            checked={chosen.includes(way)}
            disabled={way === 'ticket' && chosen.includes('everybody')}
            aria-labelledby={`${id}-${way}`}
            aria-describedby={`${id}-${way}-hint`}
            onChange={(event) => toggle(way, event.target.checked)}
          />
          <span>
            <span id={`${id}-${way}`}>{t(`ways.${way}`)}</span>
            <small id={`${id}-${way}-hint`}>{meaning(way)}</small>
          </span>
        </label>
      ))}
      {problem ? (
        <p id={`${id}-problem`} className={classes['problem']} role="alert">
          {problem}
        </p>
      ) : null}
    </fieldset>
  );
}
