/** English for the creator's pages. */
export const studio = { title: 'Studio' } as const;
