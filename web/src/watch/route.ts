export type Route =
  | { page: 'channel'; slug: string }
  | { page: 'streams' }
  | { page: 'live' }
  | { page: 'account'; path: string };

/** Which page an address means; unknown ones show the list, which always leads on. */
export function routeOf(pathname: string): Route {
  // Slugs hold nothing that needs decoding; anything else is asked for as it is and not found.
  const slug = /^\/c\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (slug) return { page: 'channel', slug: slug.toLowerCase() };
  const account = /^\/account(?:\/([a-z-]+))?\/?$/.exec(pathname);
  if (account) return { page: 'account', path: account[1] ?? '' };
  return /^\/live\/?$/.test(pathname) ? { page: 'live' } : { page: 'streams' };
}
