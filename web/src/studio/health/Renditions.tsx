import { useTranslation } from 'react-i18next';
import type { StreamHealth } from '#contract/health.ts';
import classes from './health.module.css';

/** Which qualities viewers can get, and how many watch each. */
export function Renditions({ now }: { now: StreamHealth }) {
  const { t } = useTranslation('studio');
  if (now.renditions.length === 0) return null;
  const nameOf = ({ name, height }: { name: string; height: number | null }) => {
    if (name !== 'source') return name;
    return height === null ? t('renditions.sourceAlone') : t('renditions.source', { height });
  };
  return (
    <table className={classes['table']}>
      <caption>{t('renditions.caption', { count: now.devices })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('renditions.quality')}</th>
          <th scope="col">{t('renditions.state')}</th>
          <th scope="col">{t('renditions.viewers')}</th>
        </tr>
      </thead>
      <tbody>
        {now.renditions.map(({ name, height, state, viewers }) => (
          <tr key={name}>
            <th scope="row">{nameOf({ name, height })}</th>
            <td>{t(`renditions.states.${state}`)}</td>
            <td>{viewers.toLocaleString()}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
