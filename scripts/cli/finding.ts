/** One line of `stagedoor doctor`: what is so, and what to do about it. */
export type Finding = { readonly level: 'good' | 'warning' | 'bad'; readonly what: string; readonly advice?: string };

export const good = (what: string): Finding => ({ level: 'good', what });
export const warning = (what: string, advice: string): Finding => ({ level: 'warning', what, advice });
export const bad = (what: string, advice: string): Finding => ({ level: 'bad', what, advice });
