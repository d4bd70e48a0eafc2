/** A process that uses a folder of graphs until it is killed: `node hold-graphs.ts FOLDER`. */
import path from 'node:path';
import { inUseFile } from '../../src/models/graph-cache/manifest.ts';
import { acquireSharedLock } from '../../src/models/store/lock.ts';

const lock = acquireSharedLock(path.join(process.argv[2] ?? '', inUseFile));
process.send?.(lock ? 'held' : 'busy');
setInterval(() => lock, 1000);
