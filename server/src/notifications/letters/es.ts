import type { Letter, Variables, What, Words } from './letter.ts';

const WHAT: Record<What, string> = {
  code: 'un código de acceso',
  tokens: 'tokens',
  ticket: 'una entrada',
  membership: 'una suscripción',
  plan: 'un plan',
};
const plural = new Intl.PluralRules('es');
const LIVE = 'Ir a la página del directo';
const live = (v: Variables) => ({ label: LIVE, url: v.liveUrl });
/** The code stands behind `#`, which no server sees: the page enters it. */
const liveWithCode = (v: Variables) => ({ label: LIVE, url: `${v.liveUrl}#code=${v.accessCode}` });
const show = (v: Variables) =>
  [
    ['Directo', v.showTitle],
    ['Empieza', v.startTime],
    ['Duración', v.duration],
    ['Lugar', v.location],
  ] as const;
const account = (v: Variables) => ({ label: 'Abrir mi cuenta', url: `${v.siteUrl}/account` });
const studio = (v: Variables) => ({ label: 'Abrir el estudio', url: `${v.siteUrl}/studio` });
const earnings = (v: Variables) => ({ label: 'Abrir mis ingresos', url: `${v.siteUrl}/studio/earnings` });

const devices = ({ maxDevices }: Variables) => (maxDevices === '1' ? '1 dispositivo' : `${maxDevices} dispositivos`);
const codeNotes = (v: Variables) => [
  'Entra y sal cuando quieras: el código no se gasta al entrar.',
  'Sigue siendo válido si el directo se corta y vuelve a empezar.',
  `No lo compartas con nadie: funciona en ${devices(v)} a la vez, y uno más deja fuera al más antiguo.`,
];

const codeLetter = (v: Variables): Letter => ({
  subject: `Tu código de acceso para ${v.channelName}`,
  preheader: `Válido ${v.validHours}, hasta el ${v.expiresAt}.`,
  title: 'Tu código de acceso',
  paragraphs: [`Con este código puedes ver ${v.channelName} en directo.`],
  code: { text: v.accessCode, note: `Válido ${v.validHours}: hasta el ${v.expiresAt}` },
  rows: [['Válido desde', v.validFrom], ...show(v)],
  button: liveWithCode(v),
  notes: codeNotes(v),
  steps: {
    title: 'Cómo verlo, en cinco pasos',
    items: [
      'Abre la página del directo con el botón de arriba.',
      'Si la página lo pide, escribe el código: mayúsculas, espacios y guiones dan igual.',
      'Pulsa reproducir y activa el sonido.',
      'Si el directo no ha empezado, deja la página abierta: empieza solo.',
      `Sal y vuelve cuantas veces quieras durante las ${v.validHours}: tu dispositivo recuerda el código.`,
    ],
  },
});

export const es: Words = {
  language: 'es',
  orOpen: 'Si el botón no funciona, abre esta dirección:',
  footer: (v) => `${v.siteName} envió este correo automáticamente. Las respuestas no se leen.`,
  unsubscribe: 'Dejar de recibir este tipo de correos',
  tokens: (count) =>
    `${new Intl.NumberFormat('es').format(count)} ${plural.select(count) === 'one' ? 'token' : 'tokens'}`,
  letters: {
    'account.verify': (v) => ({
      subject: `Confirma tu dirección para ${v.siteName}`,
      preheader: 'Un clic y tu dirección queda confirmada.',
      title: '¿Es tu dirección?',
      paragraphs: [
        `Alguien, esperamos que tú, abrió una cuenta en ${v.siteName} con esta dirección. Confírmala en 24 horas.`,
        'Si no fuiste tú, no hagas nada.',
      ],
      button: { label: 'Confirmar mi dirección', url: v.link },
    }),
    'account.exists': (v) => ({
      subject: `Ya tienes una cuenta en ${v.siteName}`,
      preheader: 'Inicia sesión o pon una contraseña nueva.',
      title: 'Ya tienes una cuenta',
      paragraphs: [
        `Alguien, quizá tú, intentó abrir una cuenta en ${v.siteName} con esta dirección. Ya existe una, así que no ha cambiado nada.`,
        'Si fuiste tú: inicia sesión o elige «olvidé la contraseña». Si no, no hagas nada.',
      ],
      button: account(v),
    }),
    'account.reset': (v) => ({
      subject: `Una contraseña nueva para ${v.siteName}`,
      preheader: 'El enlace es válido una hora.',
      title: 'Pon una contraseña nueva',
      paragraphs: [
        'Pediste poner una contraseña nueva. El enlace es válido una hora y funciona una vez.',
        'Si no fuiste tú, no hagas nada: tu contraseña sigue como está.',
      ],
      button: { label: 'Poner una contraseña nueva', url: v.link },
    }),
    'code.issued': codeLetter,
    'code.resent': codeLetter,
    'code.expiring': (v) => ({
      subject: `Tu código para ${v.channelName} termina en ${v.hoursLeft}`,
      preheader: `Es válido hasta el ${v.expiresAt}.`,
      title: `Quedan ${v.hoursLeft}`,
      paragraphs: [`Tu código de acceso para ${v.channelName} sigue siendo válido hasta el ${v.expiresAt}.`],
      code: { text: v.accessCode, note: `Válido ${v.hoursLeft} más` },
      rows: show(v),
      button: liveWithCode(v),
      notes: codeNotes(v),
    }),
    'payment.received': (v, { role, what }) =>
      role === 'buyer'
        ? {
            subject: `Pago recibido: ${v.amount}`,
            preheader: `Gracias. Pagaste ${v.amount} por ${WHAT[what]}.`,
            title: 'Gracias, tu pago ha llegado',
            paragraphs: [`Pagaste ${v.amount} por ${WHAT[what]}.`],
            rows: [
              ['Importe', v.amount],
              ['Impuesto incluido', v.tax],
              ['Canal', v.channelName],
            ],
            button: account(v),
          }
        : {
            subject: `Vendido: ${WHAT[what]}, ${v.amount}`,
            preheader: `${v.channelName} vendió ${WHAT[what]} por ${v.amount}.`,
            title: 'Una venta',
            paragraphs: [`${v.channelName} vendió ${WHAT[what]} por ${v.amount}.`],
            button: earnings(v),
          },
    'payment.refunded': (v, { role, what, partial, noSeat }) => ({
      subject: `Reembolso: ${v.amount}`,
      preheader: role === 'buyer' ? `Recibes ${v.amount} de vuelta.` : `${v.amount} volvieron al comprador.`,
      title: partial ? 'Se reembolsó una parte' : 'Reembolsado por completo',
      paragraphs: [
        role === 'buyer'
          ? `Recibes ${v.amount} de vuelta por ${WHAT[what]}. Tu banco puede tardar unos días en mostrarlo.`
          : `${v.amount} por ${WHAT[what]} volvieron al comprador.`,
        noSeat
          ? 'El pago llegó cuando ya no quedaban plazas, así que no se emitió ningún código.'
          : partial
            ? 'El acceso sigue como estaba.'
            : 'Lo que se compró con ese pago ha terminado.',
      ],
      rows: [['Canal', v.channelName]],
    }),
    'payment.disputed': (v, { what }) => ({
      subject: `Pago disputado: ${v.amount}`,
      preheader: `El banco de un comprador retiró ${v.amount}.`,
      title: 'Un pago está en disputa',
      paragraphs: [
        `El banco del comprador retiró ${v.amount} por ${WHAT[what]}. Lo que se compró con ese pago ha terminado. Responde a tiempo en Stripe si es un error.`,
      ],
      rows: [['Canal', v.channelName]],
      button: earnings(v),
    }),
    'ticket.bought': (v) => ({
      subject: `Tu entrada: ${v.showTitle || v.channelName}`,
      preheader: v.startTime || `Un directo de ${v.channelName}.`,
      title: 'Tu entrada',
      paragraphs: [`Tienes una entrada para un directo de ${v.channelName}. Inicia sesión en su página para verlo.`],
      rows: [...show(v), ['Precio', v.amount]],
      button: live(v),
    }),
    'ticket.refunded': (v, { reason }) => ({
      subject: `Entrada reembolsada: ${v.showTitle || v.channelName}`,
      preheader: `${v.amount} están de nuevo en tu monedero.`,
      title: 'Tu entrada fue reembolsada',
      paragraphs: [
        {
          cancelled: `El directo de ${v.channelName} fue cancelado.`,
          never_began: `El directo de ${v.channelName} no tuvo lugar.`,
          refunded: `Tu entrada para el directo de ${v.channelName} fue retirada.`,
        }[reason],
        `${v.amount} están de nuevo en tu monedero.`,
      ],
      rows: show(v),
      button: account(v),
    }),
    'tip.received': (v) => ({
      subject: `Una propina de ${v.amount} de ${v.fromName || 'un fan'}`,
      preheader: v.message || `Para ${v.channelName}.`,
      title: `Una propina de ${v.amount}`,
      paragraphs: [
        `${v.fromName || 'Un fan'} envió una propina a ${v.channelName}.`,
        ...(v.message ? [`«${v.message}»`] : []),
      ],
      button: earnings(v),
    }),
    'membership.started': (v, { role }) =>
      role === 'fan'
        ? {
            subject: `Ya eres suscriptor de ${v.channelName}`,
            preheader: 'Los directos para suscriptores están abiertos para ti.',
            title: 'Te damos la bienvenida',
            paragraphs: [
              `Ya eres suscriptor de ${v.channelName}. Se renueva cada mes hasta que lo canceles en tu cuenta.`,
            ],
            rows: [['Pagado hasta', v.until]],
            button: live(v),
          }
        : {
            subject: `Un nuevo suscriptor de ${v.channelName}`,
            preheader: `${v.fromName || 'Un fan'} se suscribió.`,
            title: 'Un nuevo suscriptor',
            paragraphs: [`${v.fromName || 'Un fan'} es ahora suscriptor de ${v.channelName}.`],
            button: studio(v),
          },
    'membership.past_due': (v) => ({
      subject: `Tu pago para ${v.channelName} falló`,
      preheader: 'Revisa tu tarjeta. Se intenta de nuevo en unos días.',
      title: 'Tu pago falló',
      paragraphs: [
        `El pago mensual de tu suscripción a ${v.channelName} falló. Se intenta de nuevo; revisa tu tarjeta. El acceso sigue unos días.`,
      ],
      rows: [['Acceso hasta', v.until]],
      button: account(v),
    }),
    'membership.ended': (v, { role }) =>
      role === 'fan'
        ? {
            subject: `Tu suscripción a ${v.channelName} ha terminado`,
            preheader: 'Puedes volver a suscribirte cuando quieras.',
            title: 'Tu suscripción ha terminado',
            paragraphs: [`Tu suscripción a ${v.channelName} ha terminado. Puedes volver a suscribirte cuando quieras.`],
            button: live(v),
          }
        : {
            subject: `Un suscriptor dejó ${v.channelName}`,
            preheader: `Terminó la suscripción de ${v.fromName || 'un fan'}.`,
            title: 'Una suscripción terminó',
            paragraphs: [`La suscripción de ${v.fromName || 'un fan'} a ${v.channelName} ha terminado.`],
            button: studio(v),
          },
    'payout.requested': (v) => ({
      subject: `Pago solicitado: ${v.amount}`,
      preheader: 'Te avisamos cuando esté pagado.',
      title: 'Tu pago fue solicitado',
      paragraphs: [`Pediste ${v.amount}. La suma está reservada y te avisamos cuando esté pagada.`],
      button: earnings(v),
    }),
    'payout.paid': (v) => ({
      subject: `Pago enviado: ${v.amount}`,
      preheader: 'Tu banco puede tardar unos días en mostrarlo.',
      title: 'Tu pago está en camino',
      paragraphs: [`Se te pagaron ${v.amount}. Tu banco puede tardar unos días en mostrarlo.`],
      button: earnings(v),
    }),
    'payout.rejected': (v) => ({
      subject: `Pago rechazado: ${v.amount}`,
      preheader: v.reason || 'La suma está de nuevo en tu saldo.',
      title: 'Tu pago fue rechazado',
      paragraphs: [`Tu pago de ${v.amount} fue rechazado. La suma está de nuevo en tu saldo.`],
      rows: [['Motivo', v.reason]],
      button: earnings(v),
    }),
    'payout.reversed': (v, { partial }) => ({
      subject: `Pago retirado: ${v.amount}`,
      preheader: 'El importe está de nuevo en tu saldo.',
      title: partial ? 'Se ha retirado una parte de tu pago' : 'Se ha retirado tu pago',
      paragraphs: [
        `Se han retirado en Stripe ${v.amount} de un pago que se te envió. El importe está de nuevo en tu saldo. Si no sabes por qué, pregunta a quien lleva este servidor.`,
      ],
      button: earnings(v),
    }),
    'operator.payout_requested': (v) => ({
      subject: `Pago por decidir: ${v.amount}`,
      preheader: `${v.fromName || 'Un creador'} pide ${v.amount}.`,
      title: 'Un pago te espera',
      paragraphs: [
        `${v.fromName || 'Un creador'} pide ${v.amount}. La suma queda reservada hasta que lo apruebes o lo rechaces.`,
      ],
      button: { label: 'Abrir los pagos', url: `${v.siteUrl}/admin/payouts` },
    }),
    'operator.guessing': (v, { wrong, minutes }) => ({
      subject: `Se están adivinando códigos de acceso en ${v.siteName}`,
      preheader: `${wrong} códigos erróneos o más en ${minutes} minutos.`,
      title: 'Alguien puede estar adivinando códigos',
      paragraphs: [
        `Se introdujeron ${wrong} códigos erróneos o más en ${minutes} minutos. Cada dirección y cada dispositivo se detiene tras unos pocos, y a esta velocidad no se puede adivinar un código; quien tiene uno no nota nada.`,
        'Recibes este correo como mucho una vez por hora. «stagedoor logs nginx» muestra de dónde vienen las peticiones.',
      ],
      button: { label: 'Abrir el resumen', url: `${v.siteUrl}/admin` },
    }),
    'operator.payment_mismatch': (v, { checkoutId }) => ({
      subject: `Un pago no encaja con su compra: ${checkoutId}`,
      preheader: 'No se entregó nada. Míralo en Stripe.',
      title: 'Un pago no encaja con su compra',
      paragraphs: [
        'Stripe dice que se pagó, pero no se entregó nada: abajo está lo que falla. Mira el pago en Stripe y devuélvelo allí si hace falta.',
      ],
      rows: [
        ['Compra', checkoutId],
        ['Qué no encaja', v.reason],
      ],
      button: { label: 'Abrir el resumen', url: `${v.siteUrl}/admin` },
    }),
  },
};
