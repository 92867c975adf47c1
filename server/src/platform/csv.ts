/** RFC 4180. A cell that a spreadsheet would take for a formula is led by an apostrophe; numbers are not. */
export function csvRow(cells: readonly string[]): string {
  const safe = cells.map((cell) => {
    const plain = /^[=+\-@\t\r\n]/.test(cell) && !/^-?\d+$/.test(cell) ? `'${cell}` : cell;
    return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
  });
  return `${safe.join(',')}\r\n`;
}
