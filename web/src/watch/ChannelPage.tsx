import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Header } from '../account/Header.tsx';
import { useMe } from '../account/me.ts';
import { Player } from '../player/Player.tsx';
import { CoverCard } from './CoverCard.tsx';
import classes from './channel.module.css';
import { SidePanel } from './SidePanel.tsx';
import { TipOverlay } from './tips/TipOverlay.tsx';
import { useChannel } from './use-channel.ts';
import { useNetwork } from './use-network.ts';
import { usePurchase } from './use-purchase.ts';
import { useShop } from './ways/use-shop.ts';

/** `/c/<slug>`: the picture, who it is, and the ways in. */
export function ChannelPage({ slug, firstCode }: { slug: string; firstCode: string | null }) {
  const channel = useChannel(slug);
  const [theatre, setTheatre] = useState(false);
  const { known, view, source, refresh } = channel;
  const { current } = known;
  const trouble = useNetwork(known.away && !known.socketUp && current !== null);
  const { shop } = useShop(slug, current?.startsAt ?? '');
  const purchase = usePurchase(slug, channel);
  const { phase } = useMe();
  const { t } = useTranslation('watch');

  useEffect(() => {
    if (current) document.title = `${current.title ?? current.channel.name} · ${current.channel.name}`;
  }, [current]);
  // Somebody who signs in here may bring a ticket or a membership along.
  const signedIn = current?.signedIn;
  useEffect(() => {
    if (signedIn !== undefined && phase !== 'unknown' && signedIn !== (phase === 'fan')) refresh();
  }, [phase, signedIn, refresh]);

  return (
    <div
      className={classes['page']}
      data-state={current?.state ?? 'unknown'}
      data-cover={view.cover ?? 'none'}
      data-panel={view.panel}
      data-theatre={theatre ? 'yes' : 'no'}
    >
      <Header standIn={shop?.standIn ?? false} />
      {trouble ? (
        <p className={classes['banner']} role="status">
          {t(`banner.${trouble}`)}
        </p>
      ) : null}
      <main className={classes['main']}>
        <div className={classes['stage']}>
          <Player
            wish={{ source, pictureDue: view.pictureDue, clockOffsetMs: known.clockOffsetMs }}
            onRefused={channel.onRefused}
            onPicture={channel.onPicture}
            theatre={theatre}
            onTheatre={() => setTheatre((was) => !was)}
          >
            {view.cover ? <CoverCard cover={view.cover} channel={channel} /> : null}
            {view.panel === 'access' ? <TipOverlay slug={slug} /> : null}
          </Player>
        </div>
        <SidePanel slug={slug} channel={channel} shop={shop} purchase={purchase} firstCode={firstCode} />
      </main>
    </div>
  );
}
