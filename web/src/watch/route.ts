export type Route = { page: 'channel'; slug: string } | { page: 'streams' } | { page: 'live' };

/** Which page an address means; unknown ones show the list, which always leads on. */
export function routeOf(pathname: string): Route {
  // Slugs hold nothing that needs decoding; anything else is asked for as it is and not found.
  const slug = /^\/c\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (slug) return { page: 'channel', slug: slug.toLowerCase() };
  return /^\/live\/?$/.test(pathname) ? { page: 'live' } : { page: 'streams' };
}
