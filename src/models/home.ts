/** LONGSIGHT_HOME: where models, built graphs and verdicts are kept; everything in it can be made again. */
import { homedir } from 'node:os';
import path from 'node:path';

/** @param given the caller's choice; null or undefined: LONGSIGHT_HOME, else the platform's cache folder */
export function longsightHome(given?: string | null): string {
  const chosen = given ?? process.env.LONGSIGHT_HOME;
  return chosen ? path.resolve(chosen) : path.join(cacheFolder(), 'longsight');
}

function cacheFolder(): string {
  const home = homedir();
  switch (process.platform) {
    case 'win32':
      return process.env.LOCALAPPDATA ?? path.join(home, 'AppData', 'Local');
    case 'darwin':
      return path.join(home, 'Library', 'Caches');
    default: {
      // The XDG base directory specification: a relative path there is to be ignored.
      const cache = process.env.XDG_CACHE_HOME;
      return cache && path.isAbsolute(cache) ? cache : path.join(home, '.cache');
    }
  }
}

/** One folder a model, named by its id, with its files and `manifest.json`. */
export function modelsFolder(home: string): string {
  return path.join(home, 'models');
}

/** ONNX graphs built from weights, named by what they were built from. */
export function graphsFolder(home: string): string {
  return path.join(home, 'graphs');
}

/** Keys and values of what decoders have read, in segments (src/runtime/prefix-cache). */
export function prefixesFolder(home: string): string {
  return path.join(home, 'prefixes');
}

/** What probes found out, one file a model, named by the hash of its weights. */
export function verdictsFolder(home: string): string {
  return path.join(home, 'verdicts');
}
