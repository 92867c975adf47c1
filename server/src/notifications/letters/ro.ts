import type { Letter, Variables, What, Words } from './letter.ts';

const WHAT: Record<What, string> = {
  code: 'un cod de acces',
  tokens: 'jetoane',
  ticket: 'un bilet',
  membership: 'un abonament',
  plan: 'un plan',
};
const plural = new Intl.PluralRules('ro');
const TOKENS: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'jeton', few: 'jetoane' };
const LIVE = 'Mergi la pagina live';
const live = (v: Variables) => ({ label: LIVE, url: v.liveUrl });
/** The code stands behind `#`, which no server sees: the page enters it. */
const liveWithCode = (v: Variables) => ({ label: LIVE, url: `${v.liveUrl}#code=${v.accessCode}` });
const show = (v: Variables) =>
  [
    ['Live', v.showTitle],
    ['Începe', v.startTime],
    ['Durată', v.duration],
    ['Loc', v.location],
  ] as const;
const account = (v: Variables) => ({ label: 'Deschide contul meu', url: `${v.siteUrl}/account` });
const studio = (v: Variables) => ({ label: 'Deschide studioul', url: `${v.siteUrl}/studio` });
const earnings = (v: Variables) => ({ label: 'Deschide câștigurile mele', url: `${v.siteUrl}/studio/earnings` });

const devices = ({ maxDevices }: Variables) => (maxDevices === '1' ? 'un dispozitiv' : `${maxDevices} dispozitive`);
const codeNotes = (v: Variables) => [
  'Intri și ieși de câte ori vrei: codul nu se consumă la intrare.',
  'Rămâne valabil dacă live-ul se întrerupe și reîncepe.',
  `Nu-l da nimănui: merge pe ${devices(v)} deodată, iar încă unul îl scoate pe cel mai vechi.`,
];

const codeLetter = (v: Variables): Letter => ({
  subject: `Codul tău de acces pentru ${v.channelName}`,
  preheader: `Valabil ${v.validHours}, până ${v.expiresAt}.`,
  title: 'Codul tău de acces',
  paragraphs: [`Cu acest cod poți urmări ${v.channelName} în direct.`],
  code: { text: v.accessCode, note: `Valabil ${v.validHours}: până ${v.expiresAt}` },
  rows: [['Valabil din', v.validFrom], ...show(v)],
  button: liveWithCode(v),
  notes: codeNotes(v),
  steps: {
    title: 'Cum urmărești, în cinci pași',
    items: [
      'Deschide pagina live cu butonul de mai sus.',
      'Dacă pagina îl cere, scrie codul: literele mari, spațiile și liniuțele nu contează.',
      'Apasă redare și pornește sunetul.',
      'Dacă live-ul nu a început, lasă pagina deschisă: pornește singur.',
      `Pleci și revii de câte ori vrei în cele ${v.validHours}: dispozitivul ține minte codul.`,
    ],
  },
});

export const ro: Words = {
  language: 'ro',
  orOpen: 'Dacă butonul nu merge, deschide această adresă:',
  footer: (v) => `Acest mesaj a fost trimis automat de ${v.siteName}. Răspunsurile la el nu sunt citite.`,
  unsubscribe: 'Oprește mesajele de acest fel',
  tokens: (count) => `${new Intl.NumberFormat('ro').format(count)} ${TOKENS[plural.select(count)] ?? 'de jetoane'}`,
  letters: {
    'account.verify': (v) => ({
      subject: `Confirmă adresa pentru ${v.siteName}`,
      preheader: 'Un clic, și adresa ta este confirmată.',
      title: 'Este adresa ta?',
      paragraphs: [
        `Cineva, sperăm că tu, a deschis un cont pe ${v.siteName} cu această adresă. Te rugăm să o confirmi în 24 de ore.`,
        'Dacă nu ai fost tu, nu face nimic.',
      ],
      button: { label: 'Confirm adresa', url: v.link },
    }),
    'account.exists': (v) => ({
      subject: `Ai deja un cont pe ${v.siteName}`,
      preheader: 'Intră în cont sau setează o parolă nouă.',
      title: 'Ai deja un cont',
      paragraphs: [
        `Cineva, poate tu, a încercat să deschidă un cont pe ${v.siteName} cu această adresă. Există deja unul, așa că nu s-a schimbat nimic.`,
        'Dacă ai fost tu: intră în cont sau alege „am uitat parola”. Dacă nu, nu face nimic.',
      ],
      button: account(v),
    }),
    'account.reset': (v) => ({
      subject: `O parolă nouă pentru ${v.siteName}`,
      preheader: 'Linkul este valabil o oră.',
      title: 'Setează o parolă nouă',
      paragraphs: [
        'Ai cerut să setezi o parolă nouă. Linkul este valabil o oră și merge o singură dată.',
        'Dacă nu ai fost tu, nu face nimic: parola rămâne cum este.',
      ],
      button: { label: 'Setează o parolă nouă', url: v.link },
    }),
    'code.issued': codeLetter,
    'code.resent': codeLetter,
    'code.expiring': (v) => ({
      subject: `Codul pentru ${v.channelName} expiră în ${v.hoursLeft}`,
      preheader: `Este valabil până ${v.expiresAt}.`,
      title: `Au mai rămas ${v.hoursLeft}`,
      paragraphs: [`Codul tău de acces pentru ${v.channelName} este încă valabil până ${v.expiresAt}.`],
      code: { text: v.accessCode, note: `Mai este valabil ${v.hoursLeft}` },
      rows: show(v),
      button: liveWithCode(v),
      notes: codeNotes(v),
    }),
    'payment.received': (v, { role, what }) =>
      role === 'buyer'
        ? {
            subject: `Plată primită: ${v.amount}`,
            preheader: `Mulțumim. Ai plătit ${v.amount} pentru ${WHAT[what]}.`,
            title: 'Mulțumim, plata a ajuns',
            paragraphs: [`Ai plătit ${v.amount} pentru ${WHAT[what]}.`],
            rows: [
              ['Sumă', v.amount],
              ['Din care taxă', v.tax],
              ['Canal', v.channelName],
            ],
            button: account(v),
          }
        : {
            subject: `Vândut: ${WHAT[what]}, ${v.amount}`,
            preheader: `${v.channelName} a vândut ${WHAT[what]} cu ${v.amount}.`,
            title: 'O vânzare',
            paragraphs: [`${v.channelName} a vândut ${WHAT[what]} cu ${v.amount}.`],
            button: earnings(v),
          },
    'payment.refunded': (v, { role, what, partial, noSeat }) => ({
      subject: `Rambursare: ${v.amount}`,
      preheader: role === 'buyer' ? `Primești înapoi ${v.amount}.` : `${v.amount} s-au întors la cumpărător.`,
      title: partial ? 'S-a rambursat o parte' : 'Rambursat integral',
      paragraphs: [
        role === 'buyer'
          ? `Primești înapoi ${v.amount} pentru ${WHAT[what]}. Pot trece câteva zile până apare la bancă.`
          : `${v.amount} pentru ${WHAT[what]} s-au întors la cumpărător.`,
        noSeat
          ? 'Plata a sosit când nu mai era niciun loc, așa că nu s-a emis niciun cod.'
          : partial
            ? 'Accesul rămâne cum era.'
            : 'Ce s-a cumpărat cu această plată s-a încheiat.',
      ],
      rows: [['Canal', v.channelName]],
    }),
    'payment.disputed': (v, { what }) => ({
      subject: `Plată contestată: ${v.amount}`,
      preheader: `Banca unui cumpărător a retras ${v.amount}.`,
      title: 'O plată este contestată',
      paragraphs: [
        `Banca cumpărătorului a retras ${v.amount} pentru ${WHAT[what]}. Ce s-a cumpărat cu această plată s-a încheiat. Răspunde la timp la Stripe dacă este o greșeală.`,
      ],
      rows: [['Canal', v.channelName]],
      button: earnings(v),
    }),
    'ticket.bought': (v) => ({
      subject: `Biletul tău: ${v.showTitle || v.channelName}`,
      preheader: v.startTime || `Un live de la ${v.channelName}.`,
      title: 'Biletul tău',
      paragraphs: [`Ai un bilet pentru un live de la ${v.channelName}. Intră în cont pe pagina live ca să urmărești.`],
      rows: [...show(v), ['Preț', v.amount]],
      button: live(v),
    }),
    'ticket.refunded': (v, { reason }) => ({
      subject: `Bilet rambursat: ${v.showTitle || v.channelName}`,
      preheader: `${v.amount} sunt din nou în portofel.`,
      title: 'Biletul tău a fost rambursat',
      paragraphs: [
        {
          cancelled: `Live-ul de la ${v.channelName} a fost anulat.`,
          never_began: `Live-ul de la ${v.channelName} nu a avut loc.`,
          refunded: `Biletul tău pentru live-ul de la ${v.channelName} a fost retras.`,
        }[reason],
        `${v.amount} sunt din nou în portofelul tău.`,
      ],
      rows: show(v),
      button: account(v),
    }),
    'tip.received': (v) => ({
      subject: `Un bacșiș de ${v.amount} de la ${v.fromName || 'un fan'}`,
      preheader: v.message || `Pentru ${v.channelName}.`,
      title: `Un bacșiș de ${v.amount}`,
      paragraphs: [
        `${v.fromName || 'Un fan'} a trimis un bacșiș pentru ${v.channelName}.`,
        ...(v.message ? [`„${v.message}”`] : []),
      ],
      button: earnings(v),
    }),
    'membership.started': (v, { role }) =>
      role === 'fan'
        ? {
            subject: `Ești abonat la ${v.channelName}`,
            preheader: 'Live-urile pentru abonați îți sunt deschise.',
            title: 'Bine ai venit',
            paragraphs: [`Ești abonat la ${v.channelName}. Se reînnoiește lunar până îl anulezi din cont.`],
            rows: [['Plătit până la', v.until]],
            button: live(v),
          }
        : {
            subject: `Un abonat nou la ${v.channelName}`,
            preheader: `${v.fromName || 'Un fan'} s-a abonat.`,
            title: 'Un abonat nou',
            paragraphs: [`${v.fromName || 'Un fan'} este acum abonat la ${v.channelName}.`],
            button: studio(v),
          },
    'membership.past_due': (v) => ({
      subject: `Plata pentru ${v.channelName} nu a reușit`,
      preheader: 'Te rugăm să verifici cardul. Se încearcă din nou în câteva zile.',
      title: 'Plata nu a reușit',
      paragraphs: [
        `Plata lunară pentru abonamentul la ${v.channelName} nu a reușit. Se încearcă din nou; te rugăm să verifici cardul. Accesul mai merge câteva zile.`,
      ],
      rows: [['Acces până la', v.until]],
      button: account(v),
    }),
    'membership.ended': (v, { role }) =>
      role === 'fan'
        ? {
            subject: `Abonamentul la ${v.channelName} s-a încheiat`,
            preheader: 'Te poți abona din nou oricând.',
            title: 'Abonamentul s-a încheiat',
            paragraphs: [`Abonamentul tău la ${v.channelName} s-a încheiat. Te poți abona din nou oricând.`],
            button: live(v),
          }
        : {
            subject: `Un abonat a plecat de la ${v.channelName}`,
            preheader: `S-a încheiat abonamentul: ${v.fromName || 'un fan'}.`,
            title: 'Un abonament s-a încheiat',
            paragraphs: [`Abonamentul lui ${v.fromName || 'un fan'} la ${v.channelName} s-a încheiat.`],
            button: studio(v),
          },
    'payout.requested': (v) => ({
      subject: `Plată cerută: ${v.amount}`,
      preheader: 'Te anunțăm când este făcută.',
      title: 'Plata ta a fost cerută',
      paragraphs: [`Ai cerut ${v.amount}. Suma este pusă deoparte și te anunțăm când este plătită.`],
      button: earnings(v),
    }),
    'payout.paid': (v) => ({
      subject: `Plată trimisă: ${v.amount}`,
      preheader: 'Pot trece câteva zile până apare la bancă.',
      title: 'Plata ta este pe drum',
      paragraphs: [`Ți s-au plătit ${v.amount}. Pot trece câteva zile până apare la bancă.`],
      button: earnings(v),
    }),
    'payout.rejected': (v) => ({
      subject: `Plată refuzată: ${v.amount}`,
      preheader: v.reason || 'Suma este din nou în soldul tău.',
      title: 'Plata ta a fost refuzată',
      paragraphs: [`Plata ta de ${v.amount} a fost refuzată. Suma este din nou în soldul tău.`],
      rows: [['Motiv', v.reason]],
      button: earnings(v),
    }),
    'payout.reversed': (v, { partial }) => ({
      subject: `Plată retrasă: ${v.amount}`,
      preheader: 'Suma este din nou în soldul tău.',
      title: partial ? 'O parte din plata ta a fost retrasă' : 'Plata ta a fost retrasă',
      paragraphs: [
        `${v.amount} dintr-o plată trimisă ție prin Stripe au fost retrase acolo. Suma este din nou în soldul tău. Dacă nu știi de ce, întreabă operatorul acestui server.`,
      ],
      button: earnings(v),
    }),
    'operator.payout_requested': (v) => ({
      subject: `Plată de aprobat: ${v.amount}`,
      preheader: `${v.fromName || 'Un creator'} cere ${v.amount}.`,
      title: 'O plată te așteaptă',
      paragraphs: [
        `${v.fromName || 'Un creator'} cere ${v.amount}. Suma este pusă deoparte până o aprobi sau o refuzi.`,
      ],
      button: { label: 'Deschide plățile', url: `${v.siteUrl}/admin/payouts` },
    }),
    'operator.guessing': (v, { wrong, minutes }) => ({
      subject: `Se ghicesc coduri de acces pe ${v.siteName}`,
      preheader: `Cel puțin ${wrong} coduri greșite în ${minutes} minute.`,
      title: 'Cineva încearcă să ghicească coduri',
      paragraphs: [
        `S-au introdus cel puțin ${wrong} coduri greșite în ${minutes} minute. Fiecare adresă și fiecare dispozitiv este oprit după câteva, iar la viteza aceasta un cod nu poate fi ghicit; cine are un cod nu observă nimic.`,
        'Primești acest mesaj cel mult o dată pe oră. „stagedoor logs nginx” arată de unde vin cererile.',
      ],
      button: { label: 'Deschide privirea de ansamblu', url: `${v.siteUrl}/admin` },
    }),
    'operator.payment_mismatch': (v, { checkoutId }) => ({
      subject: `O plată nu se potrivește cu cumpărarea: ${checkoutId}`,
      preheader: 'Nu s-a predat nimic. Te rugăm să verifici la Stripe.',
      title: 'O plată nu se potrivește cu cumpărarea',
      paragraphs: [
        'Stripe spune că s-a plătit, dar nu s-a predat nimic: mai jos scrie ce nu este în regulă. Te rugăm să verifici plata la Stripe și, dacă trebuie, să o dai înapoi de acolo.',
      ],
      rows: [
        ['Cumpărare', checkoutId],
        ['Ce nu se potrivește', v.reason],
      ],
      button: { label: 'Deschide privirea de ansamblu', url: `${v.siteUrl}/admin` },
    }),
  },
};
