/** The module map as an SVG picture: folders in layers, each above those it imports. */
import type { Module } from '../../code/module-map.ts';

const most = 18;
const perRow = 5;
const box = { width: 190, height: 46, gapX: 22, gapY: 54, margin: 18 } as const;
/** One palette that reads on light and dark pages: the picture brings its own ground, for an image cannot know the theme. */
const colour = {
  ground: '#f6f8fa',
  box: '#ffffff',
  border: '#57606a',
  text: '#1f2328',
  faint: '#57606a',
  edge: '#8c959f',
} as const;

/** An SVG document; undefined when there are fewer than two modules of code, for one box shows nothing. */
export function modulePicture(modules: readonly Module[]): string | undefined {
  const shown = modules
    .filter(({ isSupport, main }) => !isSupport && main.length > 0)
    .toSorted((a, b) => b.lines - a.lines)
    .slice(0, most);
  if (shown.length < 2) return undefined;
  const rows = layersOf(shown).flatMap((layer) =>
    Array.from({ length: Math.ceil(layer.length / perRow) }, (_, at) => layer.slice(at * perRow, (at + 1) * perRow)),
  );
  const columns = Math.max(...rows.map((row) => row.length));
  const width = 2 * box.margin + columns * box.width + (columns - 1) * box.gapX;
  const height = 2 * box.margin + rows.length * box.height + (rows.length - 1) * box.gapY;
  const places = new Map<string, { x: number; y: number }>();
  for (const [at, row] of rows.entries()) {
    const rowWidth = row.length * box.width + (row.length - 1) * box.gapX;
    for (const [column, { folder }] of row.entries())
      places.set(folder, {
        x: (width - rowWidth) / 2 + column * (box.width + box.gapX),
        y: box.margin + at * (box.height + box.gapY),
      });
  }
  const edges = shown.flatMap(({ folder, dependsOn }) =>
    [...dependsOn.keys()].flatMap((other) => {
      const from = places.get(folder);
      const to = places.get(other);
      return from && to ? [edge(from, to)] : [];
    }),
  );
  const boxes = shown.map((module) => {
    const at = places.get(module.folder) ?? { x: 0, y: 0 };
    return drawBox(module, at);
  });
  const label = `Module map: ${shown.length} folders, each above those it imports`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" role="img" aria-label="${escapeXml(label)}" font-family="system-ui, sans-serif">`,
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="${colour.edge}"/></marker></defs>`,
    `<rect width="100%" height="100%" rx="8" fill="${colour.ground}"/>`,
    `<g fill="none" stroke="${colour.edge}" stroke-width="1.2" marker-end="url(#arrow)">${edges.join('')}</g>`,
    ...boxes,
    '</svg>',
  ].join('');
}

/** The picture as an address that stands in Markdown. */
export function asDataUri(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

/**
 * Layers from importing to imported. Cycles are cut where they cost least: when nothing is free, the module that most others
 * of the rest do not need comes first.
 */
function layersOf(modules: readonly Module[]): Module[][] {
  const rest = new Map(modules.map((module) => [module.folder, module]));
  const layers: Module[][] = [];
  while (rest.size > 0) {
    const incoming = (folder: string): number =>
      [...rest.values()].filter(({ folder: from, dependsOn }) => from !== folder && dependsOn.has(folder)).length;
    const least = Math.min(...[...rest.keys()].map(incoming));
    const free = [...rest.values()].filter(({ folder }) => incoming(folder) === least);
    const layer = least === 0 ? free : free.slice(0, 1);
    for (const { folder } of layer) rest.delete(folder);
    layers.push(layer.toSorted((a, b) => (a.folder < b.folder ? -1 : 1)));
  }
  return layers;
}

function edge(from: { x: number; y: number }, to: { x: number; y: number }): string {
  const middle = box.width / 2;
  if (from.y === to.y) {
    const [y, bend] = [from.y + box.height, from.y + box.height + box.gapY / 3];
    return `<path d="M${round(from.x + middle)} ${round(y)}C${round(from.x + middle)} ${round(bend)} ${round(to.x + middle)} ${round(bend)} ${round(to.x + middle)} ${round(y + 1)}"/>`;
  }
  const down = to.y > from.y;
  const [y1, y2] = down ? [from.y + box.height, to.y] : [from.y, to.y + box.height];
  const bend = (y1 + y2) / 2;
  return `<path d="M${round(from.x + middle)} ${round(y1)}C${round(from.x + middle)} ${round(bend)} ${round(to.x + middle)} ${round(bend)} ${round(to.x + middle)} ${round(y2)}"/>`;
}

function drawBox({ folder, files, lines }: Module, { x, y }: { x: number; y: number }): string {
  const name = folder === '' ? '(top)' : shorten(folder);
  const size = `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${lines.toLocaleString('en')} lines`;
  return (
    `<g><title>${escapeXml(folder === '' ? 'top folder' : folder)}</title><rect x="${round(x)}" y="${round(y)}" width="${box.width}" height="${box.height}" rx="5" fill="${colour.box}" stroke="${colour.border}"/>` +
    `<text x="${round(x + box.width / 2)}" y="${round(y + 19)}" text-anchor="middle" font-size="13" font-weight="600" fill="${colour.text}">${escapeXml(name)}</text>` +
    `<text x="${round(x + box.width / 2)}" y="${round(y + 36)}" text-anchor="middle" font-size="11" fill="${colour.faint}">${escapeXml(size)}</text></g>`
  );
}

/** The end of a long path: what tells it apart stands there. */
function shorten(folder: string): string {
  const longest = 21;
  if (folder.length <= longest) return folder;
  return `…${folder.slice(folder.length - longest + 1)}`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
