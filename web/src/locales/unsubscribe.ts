/** The page behind a mail's unsubscribe link, in the languages that mails are written in. */
import type { Language, NoticeGroup } from '#contract/notices.ts';

type Words = {
  title: string;
  wanted: (mails: string, address: string) => string;
  off: (mails: string, address: string) => string;
  takeOff: string;
  putOn: string;
  needed: string;
  account: string;
  broken: string;
  /** As they stand inside a sentence. */
  groups: Record<NoticeGroup, string>;
};

export const unsubscribeWords: Record<Language, Words> = {
  en: {
    title: 'Mails from here',
    wanted: (mails, address) => `We write to ${address} about ${mails}.`,
    off: (mails, address) => `We do not write to ${address} about ${mails} any more.`,
    takeOff: 'Stop these mails',
    putOn: 'Send them again',
    needed: 'Codes, tickets and receipts of what you buy are sent all the same.',
    account: 'All choices, with an account',
    broken: 'This link is not whole. Please open it from the mail once more.',
    groups: {
      security: 'your account',
      purchases: 'purchases',
      reminders: 'codes that end soon',
      shows: 'cancelled lives',
      tips: 'tips',
      sales: 'sales',
      members: 'members',
      payouts: 'payouts',
    },
  },
  ro: {
    title: 'Mesaje de aici',
    wanted: (mails, address) => `Scriem la ${address} despre ${mails}.`,
    off: (mails, address) => `Nu mai scriem la ${address} despre ${mails}.`,
    takeOff: 'Oprește aceste mesaje',
    putOn: 'Trimite-le din nou',
    needed: 'Codurile, biletele și chitanțele pentru ce cumperi se trimit oricum.',
    account: 'Toate opțiunile, cu un cont',
    broken: 'Linkul nu este întreg. Te rugăm să îl deschizi încă o dată din mesaj.',
    groups: {
      security: 'contul tău',
      purchases: 'cumpărături',
      reminders: 'coduri care expiră în curând',
      shows: 'live-uri anulate',
      tips: 'bacșișuri',
      sales: 'vânzări',
      members: 'abonați',
      payouts: 'plăți către tine',
    },
  },
  es: {
    title: 'Correos de aquí',
    wanted: (mails, address) => `Escribimos a ${address} sobre ${mails}.`,
    off: (mails, address) => `Ya no escribimos a ${address} sobre ${mails}.`,
    takeOff: 'Parar estos correos',
    putOn: 'Enviarlos de nuevo',
    needed: 'Los códigos, las entradas y los recibos de lo que compras se envían igualmente.',
    account: 'Todas las opciones, con una cuenta',
    broken: 'Este enlace no está completo. Ábrelo otra vez desde el correo.',
    groups: {
      security: 'tu cuenta',
      purchases: 'compras',
      reminders: 'códigos que terminan pronto',
      shows: 'directos cancelados',
      tips: 'propinas',
      sales: 'ventas',
      members: 'suscriptores',
      payouts: 'pagos a ti',
    },
  },
};
