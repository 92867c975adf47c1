import { useTranslation } from 'react-i18next';
import { loadTickets, type TicketPage } from '../../api/tickets.ts';
import { tokensText } from '../../ui/money.ts';
import { whenText } from '../../ui/time.ts';
import classes from '../page.module.css';
import { usePages } from '../use-pages.ts';
import { ListEnd, Section } from './Section.tsx';

type Ticket = TicketPage['tickets'][number];

/** Tickets, newest first. */
export function Tickets() {
  const { t } = useTranslation('account');
  const list = usePages<Ticket, NonNullable<TicketPage['next']>>(async (before) => {
    const page = await loadTickets(before);
    return { items: page.tickets, next: page.next };
  });
  return (
    <Section title={t('tickets.title')}>
      <ul className={classes['list']}>
        {list.items?.map((ticket) => (
          <TicketLine key={ticket.ticketId} ticket={ticket} />
        ))}
      </ul>
      <ListEnd list={list} none={t('tickets.none')} />
    </Section>
  );
}

function TicketLine({ ticket }: { ticket: Ticket }) {
  const { t } = useTranslation('account');
  const { title, channel, startsAt, showState, replayOnly } = ticket;
  const planned = showState === 'scheduled' && startsAt !== null;
  const bought = t('tickets.bought', { when: whenText(ticket.boughtAt), n: tokensText(ticket.priceTokens) });
  return (
    <li className={classes['line']} data-ticket={ticket.state}>
      <div className={classes['what']}>
        <p className={classes['strong']}>
          <a href={`/c/${channel.slug}`}>{title ?? channel.name}</a>
        </p>
        <p className={classes['quiet']}>
          {title ? `${channel.name} · ` : ''}
          {planned ? t('tickets.starts', { when: whenText(startsAt) }) : t(`tickets.state.${showState}`)}
          {replayOnly ? ` · ${t('tickets.replay')}` : ''}
        </p>
        <p className={classes['quiet']}>{bought}</p>
      </div>
      {ticket.state === 'refunded' ? <p className={classes['tag']}>{t('tickets.refunded')}</p> : <span />}
      <a
        className={classes['receipt']}
        href={`/api/receipts/${ticket.transferId}`}
        download={`receipt-${ticket.transferId}.json`}
        aria-label={t('wallet.receiptOf', { what: t('wallet.kind.ticket'), when: whenText(ticket.boughtAt) })}
      >
        {t('wallet.receipt')}
      </a>
    </li>
  );
}
