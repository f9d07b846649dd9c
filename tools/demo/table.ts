/** Plain text tables and lines for a terminal. */

/** Columns as wide as their widest cell; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [headings, ...rows].map(row => row.map(String));
  const widths = headings.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0)));
  const line = (row: readonly string[], source?: readonly (string | number)[]): string =>
    row
      .map((cell, i) => (typeof source?.[i] === 'number' ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [
    line(cells[0]!),
    widths.map(width => '-'.repeat(width)).join('  '),
    ...rows.map((row, i) => line(cells[i + 1]!, row)),
  ].join('\n');
}

/** Minor units as a person writes them: `12.90 EUR`. */
export const moneyText = ({ amount, currency }: { amount: number; currency: string }): string =>
  `${(amount / 100).toFixed(2)} ${currency}`;
