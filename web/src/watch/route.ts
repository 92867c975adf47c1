export type Route = { page: 'channel'; slug: string } | { page: 'streams' } | { page: 'live' };

/** Which page an address means; unknown ones show the list, which always leads on. */
export function routeOf(pathname: string): Route {
  const slug = /^\/c\/([^/]+)\/?$/.exec(pathname)?.[1];
  if (slug) return { page: 'channel', slug: decodeURIComponent(slug).toLowerCase() };
  return /^\/live\/?$/.test(pathname) ? { page: 'live' } : { page: 'streams' };
}
