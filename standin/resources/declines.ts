/** Why a card is refused, in Stripe's words. */
export type Decline = {
  readonly code: 'card_declined' | 'payment_intent_authentication_failure';
  readonly declineCode?: string;
  readonly message: string;
};

export const DECLINES = {
  generic: { code: 'card_declined', declineCode: 'generic_decline', message: 'Your card was declined.' },
  funds: { code: 'card_declined', declineCode: 'insufficient_funds', message: 'Your card has insufficient funds.' },
  authentication: {
    code: 'payment_intent_authentication_failure',
    message:
      'We are unable to authenticate your payment method. Please choose a different payment method and try again.',
  },
} as const satisfies Record<string, Decline>;
