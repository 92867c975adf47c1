/** The parts of `/account`, each with an address of its own. */
export const PARTS = ['wallet', 'tickets', 'memberships', 'notices', 'settings'] as const;
export type Part = (typeof PARTS)[number];

export const isPart = (text: string): text is Part => PARTS.some((part) => part === text);

/** The part that an address means; the wallet where it means none. */
export const partOf = (path: string): Part => {
  const name = path.replace(/\/$/, '');
  return isPart(name) ? name : 'wallet';
};
