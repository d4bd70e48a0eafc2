/** A process of its own that gets a model: `node get-model-in-child.ts HOME ENTRY-JSON`; prints the hash of what it got. */
import type { CatalogueEntry } from '../../src/models/catalogue.ts';
import { downloadModel } from '../../src/models/download.ts';

const [home = '', entry = ''] = process.argv.slice(2);
const manifest = await downloadModel(JSON.parse(entry) as CatalogueEntry, {
  home,
  onProgress: () => {
    if (process.connected) process.send?.('progress');
  },
});
process.stdout.write(manifest.files[0]?.sha256 ?? '');
process.disconnect();
