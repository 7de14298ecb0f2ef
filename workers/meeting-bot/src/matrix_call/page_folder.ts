import { join } from 'node:path';

/** Where the page is once it is bundled. */
export const pageFolder = join(import.meta.dirname, '../../page');
