/** Good enough to catch a slip of the finger; whether a mail arrives, only a mail can tell. */
export const isEmail = (text: string): boolean => /^[^\s@]+@[^\s@]+\.[^\s@]{2,}$/.test(text.trim());

/** A phone number as WhatsApp wants it, `+40712345678`; null where it is none. */
export function internationalNumber(text: string): string | null {
  const number = text.replace(/[\s().-]/g, '').replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}
