import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import '../ui/base.css';
import { initTexts } from '../i18n.ts';
import { admin } from '../locales/en/admin.ts';
import { errors } from '../locales/en/errors.ts';
import { Admin } from './Admin.tsx';

initTexts({ admin, errors }, 'admin');

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Admin />
    </StrictMode>,
  );
}
