/** The seed of every property test: the same on every machine, or another with LONGSIGHT_TEST_SEED, a number or `random`. */
import fc from 'fast-check';

const wanted = process.env['LONGSIGHT_TEST_SEED'] ?? '1';
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
