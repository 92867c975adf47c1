import type { Letter, Variables, What, Words } from './letter.ts';

const WHAT: Record<What, string> = {
  code: 'an access code',
  tokens: 'tokens',
  ticket: 'a ticket',
  membership: 'a membership',
  plan: 'a plan',
};
const plural = new Intl.PluralRules('en');
const LIVE = 'Go to the live page';
const live = (v: Variables) => ({ label: LIVE, url: v.liveUrl });
/** The code stands behind `#`, which no server sees: the page enters it. */
const liveWithCode = (v: Variables) => ({ label: LIVE, url: `${v.liveUrl}#code=${v.accessCode}` });
const show = (v: Variables) =>
  [
    ['Live', v.showTitle],
    ['Starts', v.startTime],
    ['Duration', v.duration],
    ['Place', v.location],
  ] as const;
const account = (v: Variables) => ({ label: 'Open my account', url: `${v.siteUrl}/account` });
const studio = (v: Variables) => ({ label: 'Open the studio', url: `${v.siteUrl}/studio` });
const earnings = (v: Variables) => ({ label: 'Open my earnings', url: `${v.siteUrl}/studio/earnings` });

const devices = ({ maxDevices }: Variables) => (maxDevices === '1' ? '1 device' : `${maxDevices} devices`);
const codeNotes = (v: Variables) => [
  'Come and go as you like: entering does not use the code up.',
  'It stays valid if the live breaks off and begins again.',
  `Share it with nobody: it works on ${devices(v)} at a time, and one more puts the oldest out.`,
];

const codeLetter = (v: Variables): Letter => ({
  subject: `Your access code for ${v.channelName}`,
  preheader: `Valid ${v.validHours}, until ${v.expiresAt}.`,
  title: 'Your access code',
  paragraphs: [`This code lets you watch ${v.channelName} live.`],
  code: { text: v.accessCode, note: `Valid ${v.validHours}: until ${v.expiresAt}` },
  rows: [['Valid from', v.validFrom], ...show(v)],
  button: liveWithCode(v),
  notes: codeNotes(v),
  steps: {
    title: 'How to watch, in five steps',
    items: [
      'Open the live page with the button above.',
      'If the page asks for it, type the code: capitals, spaces and dashes do not matter.',
      'Press play and turn the sound on.',
      'If the live has not begun, leave the page open: it begins by itself.',
      `Leave and return as often as you like within the ${v.validHours}: your device remembers the code.`,
    ],
  },
});

export const en: Words = {
  language: 'en',
  orOpen: 'If the button does not work, open this address:',
  footer: (v) => `This mail was sent automatically by ${v.siteName}. Answers to it are not read.`,
  unsubscribe: 'Stop mails of this kind',
  tokens: (count) =>
    `${new Intl.NumberFormat('en').format(count)} ${plural.select(count) === 'one' ? 'token' : 'tokens'}`,
  letters: {
    'account.verify': (v) => ({
      subject: `Confirm your address for ${v.siteName}`,
      preheader: 'One click, and your address is confirmed.',
      title: 'Is this your address?',
      paragraphs: [
        `Somebody, hopefully you, opened an account on ${v.siteName} with this address. Please confirm it within 24 hours.`,
        'If it was not you, do nothing.',
      ],
      button: { label: 'Confirm my address', url: v.link },
    }),
    'account.exists': (v) => ({
      subject: `You already have an account on ${v.siteName}`,
      preheader: 'Sign in, or set a new password.',
      title: 'You already have an account',
      paragraphs: [
        `Somebody, perhaps you, tried to open an account on ${v.siteName} with this address. There is one already, so nothing was changed.`,
        'If it was you: sign in, or choose "forgot password". If not, do nothing.',
      ],
      button: account(v),
    }),
    'account.reset': (v) => ({
      subject: `A new password for ${v.siteName}`,
      preheader: 'The link is valid for one hour.',
      title: 'Set a new password',
      paragraphs: [
        'You asked to set a new password. The link is valid for one hour and works once.',
        'If it was not you, do nothing: your password stays as it is.',
      ],
      button: { label: 'Set a new password', url: v.link },
    }),
    'code.issued': codeLetter,
    'code.resent': codeLetter,
    'code.expiring': (v) => ({
      subject: `Your code for ${v.channelName} ends in ${v.hoursLeft}`,
      preheader: `It is valid until ${v.expiresAt}.`,
      title: `${v.hoursLeft} left`,
      paragraphs: [`Your access code for ${v.channelName} is still valid until ${v.expiresAt}.`],
      code: { text: v.accessCode, note: `Still valid for ${v.hoursLeft}` },
      rows: show(v),
      button: liveWithCode(v),
      notes: codeNotes(v),
    }),
    'payment.received': (v, { role, what }) =>
      role === 'buyer'
        ? {
            subject: `Payment received: ${v.amount}`,
            preheader: `Thank you. You paid ${v.amount} for ${WHAT[what]}.`,
            title: 'Thank you, your payment is here',
            paragraphs: [`You paid ${v.amount} for ${WHAT[what]}.`],
            rows: [
              ['Amount', v.amount],
              ['Tax in it', v.tax],
              ['Channel', v.channelName],
            ],
            button: account(v),
          }
        : {
            subject: `Sold: ${WHAT[what]}, ${v.amount}`,
            preheader: `${v.channelName} sold ${WHAT[what]} for ${v.amount}.`,
            title: 'A sale',
            paragraphs: [`${v.channelName} sold ${WHAT[what]} for ${v.amount}.`],
            button: earnings(v),
          },
    'payment.refunded': (v, { role, what, partial, noSeat }) => ({
      subject: `Refund: ${v.amount}`,
      preheader: role === 'buyer' ? `You get ${v.amount} back.` : `${v.amount} went back to the buyer.`,
      title: partial ? 'A part was refunded' : 'Refunded in full',
      paragraphs: [
        role === 'buyer'
          ? `You get ${v.amount} back for ${WHAT[what]}. It can take a few days until your bank shows it.`
          : `${v.amount} for ${WHAT[what]} went back to the buyer.`,
        noSeat
          ? 'The payment came when no place was left, so no code was issued.'
          : partial
            ? 'Access stays as it was.'
            : 'What was bought with it has ended.',
      ],
      rows: [['Channel', v.channelName]],
    }),
    'payment.disputed': (v, { what }) => ({
      subject: `Payment disputed: ${v.amount}`,
      preheader: `A buyer's bank took back ${v.amount}.`,
      title: 'A payment is disputed',
      paragraphs: [
        `The buyer's bank took back ${v.amount} for ${WHAT[what]}. What was bought with it has ended. Answer the dispute at Stripe in time if it is wrong.`,
      ],
      rows: [['Channel', v.channelName]],
      button: earnings(v),
    }),
    'ticket.bought': (v) => ({
      subject: `Your ticket: ${v.showTitle || v.channelName}`,
      preheader: v.startTime || `A live of ${v.channelName}.`,
      title: 'Your ticket',
      paragraphs: [`You have a ticket for a live of ${v.channelName}. Sign in on the live page to watch.`],
      rows: [...show(v), ['Price', v.amount]],
      button: live(v),
    }),
    'ticket.refunded': (v, { reason }) => ({
      subject: `Ticket refunded: ${v.showTitle || v.channelName}`,
      preheader: `${v.amount} are back in your wallet.`,
      title: 'Your ticket was refunded',
      paragraphs: [
        {
          cancelled: `The live of ${v.channelName} was cancelled.`,
          never_began: `The live of ${v.channelName} did not take place.`,
          refunded: `Your ticket for the live of ${v.channelName} was taken back.`,
        }[reason],
        `${v.amount} are back in your wallet.`,
      ],
      rows: show(v),
      button: account(v),
    }),
    'tip.received': (v) => ({
      subject: `A tip of ${v.amount} from ${v.fromName || 'a fan'}`,
      preheader: v.message || `For ${v.channelName}.`,
      title: `A tip of ${v.amount}`,
      paragraphs: [`${v.fromName || 'A fan'} sent ${v.channelName} a tip.`, ...(v.message ? [`"${v.message}"`] : [])],
      button: earnings(v),
    }),
    'membership.started': (v, { role }) =>
      role === 'fan'
        ? {
            subject: `You are a member of ${v.channelName}`,
            preheader: `Lives for members are open to you.`,
            title: 'Welcome',
            paragraphs: [
              `You are a member of ${v.channelName}. It is renewed each month until you cancel it in your account.`,
            ],
            rows: [['Paid until', v.until]],
            button: live(v),
          }
        : {
            subject: `A new member of ${v.channelName}`,
            preheader: `${v.fromName || 'A fan'} joined.`,
            title: 'A new member',
            paragraphs: [`${v.fromName || 'A fan'} is now a member of ${v.channelName}.`],
            button: studio(v),
          },
    'membership.past_due': (v) => ({
      subject: `Your payment for ${v.channelName} failed`,
      preheader: 'Please check your card. It is tried again in a few days.',
      title: 'Your payment failed',
      paragraphs: [
        `The monthly payment for your membership of ${v.channelName} failed. It is tried again; please check your card. Access goes on for a few days.`,
      ],
      rows: [['Access until', v.until]],
      button: account(v),
    }),
    'membership.ended': (v, { role }) =>
      role === 'fan'
        ? {
            subject: `Your membership of ${v.channelName} has ended`,
            preheader: 'You can join again at any time.',
            title: 'Your membership has ended',
            paragraphs: [`Your membership of ${v.channelName} has ended. You can join again at any time.`],
            button: live(v),
          }
        : {
            subject: `A member left ${v.channelName}`,
            preheader: `The membership of ${v.fromName || 'a fan'} ended.`,
            title: 'A membership ended',
            paragraphs: [`The membership of ${v.fromName || 'a fan'} in ${v.channelName} has ended.`],
            button: studio(v),
          },
    'payout.requested': (v) => ({
      subject: `Payout requested: ${v.amount}`,
      preheader: 'You hear from us when it is paid.',
      title: 'Your payout was requested',
      paragraphs: [`You asked for ${v.amount}. It is set aside, and you hear from us when it is paid.`],
      button: earnings(v),
    }),
    'payout.paid': (v) => ({
      subject: `Payout sent: ${v.amount}`,
      preheader: 'It can take a few days until your bank shows it.',
      title: 'Your payout is on its way',
      paragraphs: [`${v.amount} were paid out to you. It can take a few days until your bank shows it.`],
      button: earnings(v),
    }),
    'payout.rejected': (v) => ({
      subject: `Payout refused: ${v.amount}`,
      preheader: v.reason || 'The amount is back in your balance.',
      title: 'Your payout was refused',
      paragraphs: [`Your payout of ${v.amount} was refused. The amount is back in your balance.`],
      rows: [['Reason', v.reason]],
      button: earnings(v),
    }),
    'payout.reversed': (v, { partial }) => ({
      subject: `Payout taken back: ${v.amount}`,
      preheader: 'The amount is back in your balance.',
      title: partial ? 'A part of your payout was taken back' : 'Your payout was taken back',
      paragraphs: [
        `${v.amount} of a payout that was sent to you by Stripe were taken back there. They are in your balance again. If you do not know why, ask whoever runs this server.`,
      ],
      button: earnings(v),
    }),
    'operator.payout_requested': (v) => ({
      subject: `Payout to decide: ${v.amount}`,
      preheader: `${v.fromName || 'A creator'} asks for ${v.amount}.`,
      title: 'A payout waits for you',
      paragraphs: [
        `${v.fromName || 'A creator'} asks for ${v.amount}. It is set aside until you approve or reject it.`,
      ],
      button: { label: 'Open the payouts', url: `${v.siteUrl}/admin/payouts` },
    }),
    'operator.guessing': (v, { wrong, minutes }) => ({
      subject: `Access codes are being guessed on ${v.siteName}`,
      preheader: `${wrong} wrong codes or more in ${minutes} minutes.`,
      title: 'Somebody may be guessing codes',
      paragraphs: [
        `${wrong} wrong access codes or more were entered in ${minutes} minutes. Each address and each device is stopped after a few, and a code cannot be guessed at this speed; who holds one notices nothing.`,
        'You get this mail at most once an hour. "stagedoor logs nginx" shows where the requests come from.',
      ],
      button: { label: 'Open the overview', url: `${v.siteUrl}/admin` },
    }),
    'operator.payment_mismatch': (v, { checkoutId }) => ({
      subject: `A payment does not fit its purchase: ${checkoutId}`,
      preheader: 'Nothing was handed over. Please look at it at Stripe.',
      title: 'A payment does not fit its purchase',
      paragraphs: [
        'Stripe says that it was paid, and nothing was handed over for it: what is wrong stands below. Please look at the payment at Stripe, and give it back there where it is to go back.',
      ],
      rows: [
        ['Purchase', checkoutId],
        ['What is wrong', v.reason],
      ],
      button: { label: 'Open the overview', url: `${v.siteUrl}/admin` },
    }),
  },
};
