/** Takes the mailed token out of the address, so that it is not shared with it; and the mail's language, where it says one. */
export function takeLink(): { token: string; language: string | null } {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get('token') ?? '';
  if (token) history.replaceState(null, '', location.pathname);
  return { token, language: fragment.get('lang') };
}
