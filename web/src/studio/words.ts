/** Instants in the creator's own zone and manner. */

const at = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat(undefined, options);
  return (instant: string) => format.format(new Date(instant));
};

export const timeOnly = at({ timeStyle: 'short' });
/** With seconds, for what has just happened. */
export const timeExact = at({ timeStyle: 'medium' });
export const dayTime = at({ dateStyle: 'medium', timeStyle: 'short' });
