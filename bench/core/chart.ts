/** Charts as SVG, drawn by hand: bars for what is compared, lines for what grows. Light and dark pages alike. */

export interface Bars {
  readonly title: string;
  readonly unit: string;
  /** Names of the bars of each group, in the order of their values. */
  readonly series: readonly string[];
  readonly groups: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

export interface Lines {
  readonly title: string;
  readonly xUnit: string;
  readonly yUnit: string;
  readonly series: readonly { readonly name: string; readonly points: readonly (readonly [number, number])[] }[];
}

const WIDTH = 860;
const COLOURS = ['#2563eb', '#d97706', '#dc2626', '#059669', '#7c3aed'];
const STYLE =
  'text{font:13px system-ui,sans-serif;fill:#475569}.title{font-size:15px;font-weight:600}.grid{stroke:#94a3b8;stroke-opacity:.35}' +
  '@media(prefers-color-scheme:dark){text{fill:#cbd5e1}}';

const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);
const short = (value: number): string =>
  value >= 1e6
    ? `${+(value / 1e6).toFixed(1)}M`
    : value >= 10_000
      ? `${+(value / 1e3).toFixed(0)}k`
      : value.toLocaleString('en-US', { maximumFractionDigits: value >= 10 ? 0 : 2 });
const text = (x: number, y: number, body: string, more = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${more}>${escaped(body)}</text>`;

const page = (title: string, height: number, body: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">\n` +
  `<style>${STYLE}</style>\n${text(12, 24, title, 'class="title"')}\n${body.join('\n')}\n</svg>\n`;

const legend = (names: readonly string[], y: number): string[] =>
  names.flatMap((name, i) => {
    const x = 12 + names.slice(0, i).reduce((sum, before) => sum + before.length * 7.5 + 36, 0);
    return [
      `<rect x="${x}" y="${y - 10}" width="12" height="12" rx="2" fill="${COLOURS[i % COLOURS.length]}"/>`,
      text(x + 18, y, name),
    ];
  });

/** Lying bars, one group below the other; a value that is not there says so. */
export function barChart({ title, unit, series, groups }: Bars): string {
  const [left, right, bar, gap, top] = [250, 90, 16, 16, 64];
  const most = Math.max(...groups.flatMap(({ values }) => values.map(value => value ?? 0)), 1);
  const body = legend(series, 46);
  let y = top;
  for (const { name, values } of groups) {
    body.push(text(12, y + (values.length * bar) / 2 + 5, name));
    values.forEach((value, i) => {
      const width = ((value ?? 0) / most) * (WIDTH - left - right);
      const label = value === undefined ? 'nothing to break' : `${short(value)} ${unit}`;
      body.push(
        `<rect x="${left}" y="${y + i * bar + 1}" width="${Math.max(1, width).toFixed(1)}" height="${bar - 3}" rx="2" fill="${COLOURS[i % COLOURS.length]}"/>`,
        text(left + Math.max(1, width) + 6, y + i * bar + 12, label),
      );
    });
    y += values.length * bar + gap;
  }
  return page(title, y, body);
}

/** Both axes begin at 0, or are logarithmic in x where it spans more than a factor of 20. */
export function lineChart({ title, xUnit, yUnit, series }: Lines): string {
  const [left, right, top, height] = [80, 30, 64, 320];
  const xs = series.flatMap(({ points }) => points.map(([x]) => x));
  const ys = series.flatMap(({ points }) => points.map(([, y]) => y));
  const [leastX, mostX, mostY] = [Math.min(...xs), Math.max(...xs), Math.max(...ys, 1e-9) * 1.1];
  const isLog = leastX > 0 && mostX / leastX > 20;
  const place = (x: number): number => {
    const share = isLog ? Math.log(x / leastX) / Math.log(mostX / leastX) : mostX === 0 ? 0 : x / mostX;
    return left + share * (WIDTH - left - right);
  };
  const heightOf = (y: number): number => top + (1 - y / mostY) * (height - top - 40);
  const body = legend(
    series.map(({ name }) => name),
    46,
  );
  for (let i = 0; i <= 4; i += 1) {
    const y = (mostY * i) / 4;
    body.push(
      `<line class="grid" x1="${left}" x2="${WIDTH - right}" y1="${heightOf(y).toFixed(1)}" y2="${heightOf(y).toFixed(1)}"/>`,
      text(left - 8, heightOf(y) + 4, short(y), 'text-anchor="end"'),
    );
  }
  for (const x of new Set(xs)) body.push(text(place(x), height - 18, short(x), 'text-anchor="middle"'));
  body.push(text(WIDTH - right, height - 2, xUnit, 'text-anchor="end"'), text(12, top - 2, yUnit));
  series.forEach(({ points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const at = points.map(([x, y]) => [place(x).toFixed(1), heightOf(y).toFixed(1)] as const);
    body.push(
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${at.map(point => point.join()).join(' ')}"/>`,
      ...at.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`),
    );
  });
  return page(title, height, body);
}
