/** Ids that look like Stripe's. */
import { randomInt } from 'node:crypto';

const LETTERS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const random = (length: number) => Array.from({ length }, () => LETTERS[randomInt(LETTERS.length)]).join('');

/** Length of the part after the prefix, as Stripe makes it. */
const FORMS = {
  cus: ['', 14],
  prod: ['', 14],
  price: ['1', 23],
  cs: ['test_a1', 56],
  li: ['1', 23],
  pi: ['3', 23],
  ch: ['3', 23],
  re: ['3', 23],
  du: ['1', 23],
  pm: ['1', 23],
  sub: ['1', 23],
  si: ['', 14],
  in: ['1', 23],
  ii: ['1', 23],
  il: ['1', 23],
  inpay: ['1', 23],
  evt: ['1', 23],
  acct: ['1', 15],
  tr: ['1', 23],
  trr: ['1', 23],
  txn: ['3', 23],
  py: ['1', 23],
  req: ['', 14],
} as const;

export function newId(prefix: keyof typeof FORMS): string {
  const [begin, length] = FORMS[prefix];
  return `${prefix}_${begin}${random(length)}`;
}

/** The secret that a browser would be given with an object. */
export const clientSecret = (id: string) => `${id}_secret_${random(25)}`;
