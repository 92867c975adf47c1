import { useTranslation } from 'react-i18next';
import classes from './frame.module.css';

/** Says that no money moves, as long as payments go to the stand-in for Stripe. */
export function StandIn() {
  const { t } = useTranslation('studio');
  return (
    <p className={classes['standIn']} data-stand-in="">
      {t('standIn')}
    </p>
  );
}
