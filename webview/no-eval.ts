/** Tells zod, before any schema is made, not to try making functions from strings: the page's policy forbids it and would log it. */
import { z } from 'zod';

z.config({ jitless: true });
