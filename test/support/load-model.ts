/**
 * Loads a model as far as its texts and its description and prints what became of it and how much memory that took:
 * `node load-model.ts PLACE` gives `{ outcome, megabytes }`, the growth of the peak over that before the file was opened.
 */
import { LongsightError } from '../../src/base/errors.ts';
import { describeModel } from '../../src/models/description/model-description.ts';
import { inspectModelFile } from '../../src/models/inspect-model.ts';
import { openModelFile, openTensors } from '../../src/models/model-file.ts';
import { readModelTexts } from '../../src/models/model-texts.ts';
import { createTokenizer } from '../../src/models/tokenizer/tokenizer.ts';

const place = process.argv[2] ?? '';
const before = process.resourceUsage().maxRSS;
let outcome = 'loads';
try {
  await inspectModelFile(place);
  const file = await openModelFile(place);
  createTokenizer((await readModelTexts(file)).tokenizer).encode('some text');
  const source = openTensors(file);
  await describeModel(file, source);
  await source.close();
} catch (error) {
  outcome = error instanceof LongsightError ? error.userError.code : String(error);
}
process.stdout.write(JSON.stringify({ outcome, megabytes: (process.resourceUsage().maxRSS - before) / 1000 }));
