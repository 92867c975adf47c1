/**
 * How mails look. Tables and inline styles, because Outlook and Gmail know little else; the dark colours stand in
 * a style block, which clients that have a dark mode read. No picture, no font, no script is fetched.
 */
import type { Language } from '#contract/notices.ts';
import type { Letter } from './letter.ts';

const FONT = "-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Courier New',monospace";

const DARK = `
:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
.sd-page{background:#101114!important}.sd-card{background:#1b1d22!important;border-color:#2c2f37!important}
.sd-text{color:#e9e9ee!important}.sd-soft{color:#a3a6b0!important}.sd-line{border-color:#2c2f37!important}
.sd-code{background:#24272e!important;border-color:#3a3e49!important}.sd-link{color:#a9b4ff!important}
}
@media (max-width:480px){.sd-pad{padding:24px 20px!important}.sd-symbols{font-size:25px!important;letter-spacing:2px!important}}`;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text as it may stand in HTML, also inside an attribute. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
const e = escapeHtml;

const paragraph = (text: string, style = '') =>
  `<p class="sd-text" style="margin:0 0 16px;font:16px/1.55 ${FONT};color:#22242a;${style}">${e(text)}</p>`;

const codeBlock = ({ text, note }: NonNullable<Letter['code']>) =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:4px 0 20px"><tr>
<td class="sd-code" align="center" style="padding:20px 8px;background:#f1f2fb;border:1px solid #d7daf0;border-radius:12px">
<div class="sd-text sd-symbols" style="font:700 31px/1.2 ${MONO};letter-spacing:3px;color:#16171c;white-space:nowrap">${e(text)}</div>
<div class="sd-soft" style="margin-top:10px;font:14px/1.45 ${FONT};color:#565a66">${e(note)}</div>
</td></tr></table>`;

function rowsBlock(rows: NonNullable<Letter['rows']>): string {
  const said = rows.filter(([, value]) => value !== '');
  if (said.length === 0) return '';
  const lines = said.map(
    ([label, value]) => `<tr>
<td class="sd-soft sd-line" valign="top" style="padding:9px 14px 9px 0;border-top:1px solid #e6e7ec;font:14px/1.45 ${FONT};color:#565a66;white-space:nowrap">${e(label)}</td>
<td class="sd-text sd-line" valign="top" style="padding:9px 0;border-top:1px solid #e6e7ec;font:14px/1.45 ${FONT};color:#22242a;word-break:break-word">${e(value)}</td></tr>`,
  );
  return `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 22px">${lines.join('')}</table>`;
}

const buttonBlock = ({ label, url }: NonNullable<Letter['button']>) =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:4px 0 24px"><tr><td align="center">
<table role="presentation" cellpadding="0" cellspacing="0"><tr><td align="center" bgcolor="#3b3fd1" style="border-radius:10px">
<a href="${e(url)}" style="display:inline-block;padding:14px 28px;font:600 16px/1.2 ${FONT};color:#ffffff;text-decoration:none;border-radius:10px">${e(label)}</a>
</td></tr></table></td></tr></table>`;

const item = (mark: string, text: string) => `<tr>
<td class="sd-soft" width="26" valign="top" style="padding:4px 0;font:15px/1.5 ${FONT};color:#565a66">${mark}</td>
<td class="sd-text" valign="top" style="padding:4px 0;font:15px/1.5 ${FONT};color:#22242a">${e(text)}</td></tr>`;
const listBlock = (items: readonly string[], mark: (index: number) => string) =>
  `<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="margin:0 0 20px">${items.map((text, index) => item(mark(index), text)).join('')}</table>`;

const stepsBlock = ({ title, items }: NonNullable<Letter['steps']>) =>
  `<h2 class="sd-text" style="margin:6px 0 8px;font:600 17px/1.4 ${FONT};color:#16171c">${e(title)}</h2>${listBlock(items, (index) => `${index + 1}.`)}`;

/** What stands around every letter. */
export type Frame = {
  readonly language: Language;
  readonly brand: string;
  readonly footer: string;
  readonly orOpen: string;
  /** Where one takes such mails off; null where there is no choice. */
  readonly unsubscribe: { readonly label: string; readonly url: string } | null;
};

function footerOf({ footer, unsubscribe }: Frame): string {
  if (!unsubscribe) return e(footer);
  const { label, url } = unsubscribe;
  return `${e(footer)}<br>\n<a class="sd-link" href="${e(url)}" style="color:#3b3fd1">${e(label)}</a>`;
}

/** The letter as an HTML document. */
export function toHtml(letter: Letter, frame: Frame): string {
  const { button } = letter;
  const body = [
    `<h1 class="sd-text" style="margin:0 0 14px;font:700 24px/1.25 ${FONT};color:#16171c">${e(letter.title)}</h1>`,
    ...letter.paragraphs.map((text) => paragraph(text)),
    letter.code ? codeBlock(letter.code) : '',
    button ? buttonBlock(button) : '',
    letter.rows ? rowsBlock(letter.rows) : '',
    letter.notes ? listBlock(letter.notes, () => '&bull;') : '',
    letter.steps ? stepsBlock(letter.steps) : '',
    button
      ? `<p class="sd-soft" style="margin:0;font:13px/1.5 ${FONT};color:#565a66">${e(frame.orOpen)}<br>
<a class="sd-link" href="${e(button.url)}" style="color:#3b3fd1;word-break:break-all">${e(button.url)}</a></p>`
      : '',
  ];
  return `<!doctype html>
<html lang="${frame.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no"><title>${e(letter.subject)}</title><style>${DARK}
</style></head>
<body class="sd-page" style="margin:0;padding:0;background:#f4f4f7">
<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">${e(letter.preheader)}${'&#847;&zwnj;&nbsp;'.repeat(40)}</div>
<table class="sd-page" role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f4f4f7"><tr><td align="center" style="padding:28px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px">
<tr><td class="sd-soft" style="padding:0 4px 14px;font:600 15px/1.3 ${FONT};color:#565a66">${e(frame.brand)}</td></tr>
<tr><td class="sd-card sd-pad" style="padding:34px 36px;background:#ffffff;border:1px solid #e6e7ec;border-radius:16px">
${body.filter((part) => part !== '').join('\n')}
</td></tr>
<tr><td class="sd-soft" style="padding:16px 4px 0;font:12px/1.5 ${FONT};color:#565a66">${footerOf(frame)}</td></tr>
</table></td></tr></table></body></html>
`;
}

/** The letter as plain text. */
export function toText(letter: Letter, frame: Frame): string {
  const rows = (letter.rows ?? []).filter(([, value]) => value !== '').map(([label, value]) => `${label}: ${value}`);
  const parts = [
    letter.title,
    ...letter.paragraphs,
    letter.code ? `    ${letter.code.text}\n\n${letter.code.note}` : '',
    letter.button ? `${letter.button.label}:\n${letter.button.url}` : '',
    rows.join('\n'),
    (letter.notes ?? []).map((text) => `- ${text}`).join('\n'),
    letter.steps
      ? [letter.steps.title, ...letter.steps.items.map((text, index) => `${index + 1}. ${text}`)].join('\n')
      : '',
    `-- \n${frame.brand}\n${frame.footer}${frame.unsubscribe ? `\n${frame.unsubscribe.label}: ${frame.unsubscribe.url}` : ''}`,
  ];
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`;
}
