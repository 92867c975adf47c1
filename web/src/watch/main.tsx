import { lazy, StrictMode, Suspense } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/base.css';
import { initTexts } from '../i18n.ts';
import { errors } from '../locales/en/errors.ts';
import { watch } from '../locales/en/watch.ts';
import { ChannelPage } from './ChannelPage.tsx';
import { codeInFragment } from './code-format.ts';
import { routeOf } from './route.ts';
import { StreamsPage } from './StreamsPage.tsx';

const AccountPage = lazy(() => import('../account/AccountPage.tsx').then((file) => ({ default: file.AccountPage })));

initTexts({ watch, errors }, 'watch');

/** Takes the code out of the address, so that it is not shared with it. */
function takeCode(): string | null {
  const code = codeInFragment(location.hash);
  if (code) history.replaceState(null, '', location.pathname + location.search);
  return code;
}

// Each address is a page load of its own: Nginx serves this file for all of them.
const route = routeOf(location.pathname);
const page = () => {
  switch (route.page) {
    case 'channel':
      return <ChannelPage slug={route.slug} firstCode={takeCode()} />;
    case 'account':
      return (
        <Suspense fallback={null}>
          <AccountPage path={route.path} />
        </Suspense>
      );
    case 'streams':
    case 'live':
      return <StreamsPage leadOn={route.page === 'live'} />;
  }
};

const root = document.getElementById('root');
if (root) createRoot(root).render(<StrictMode>{page()}</StrictMode>);
