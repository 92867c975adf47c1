import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/base.css';
import { initTexts } from '../i18n.ts';
import { errors } from '../locales/en/errors.ts';
import { studio } from '../locales/en/studio.ts';
import { Studio } from './Studio.tsx';

initTexts({ studio, errors }, 'studio');

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Studio />
    </StrictMode>,
  );
}
