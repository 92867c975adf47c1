import { useTranslation } from 'react-i18next';
import type { Light } from '#contract/health.ts';
import { CheckIcon, NoSignalIcon, StopIcon, WarnIcon } from '../../ui/icons.tsx';
import classes from './health.module.css';

const ICONS = { green: CheckIcon, amber: WarnIcon, red: StopIcon, none: NoSignalIcon };

/** The light by colour, shape and word, so that none of them is needed. */
export function LightBadge({ light }: { light: Light | 'none' }) {
  const { t } = useTranslation('studio');
  const Icon = ICONS[light];
  return (
    <span className={classes['light']} data-light={light}>
      <Icon />
      {t(`health.light.${light}`)}
    </span>
  );
}
