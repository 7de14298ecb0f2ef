// What a file is called: its uploader chose that, so what cannot be seen in it, or turns it about, is named.
import type { HomeserverFile } from '@/kit/api/types';
import { seenText } from '@/products/assistant/parts/seen_text';

/** Nothing: it has no name. */
export const fileName = ({ name }: Pick<HomeserverFile, 'name'>) => (name ? seenText(name) : '');

/** Where it has to be called something. */
export const calledFile = (file: Pick<HomeserverFile, 'name' | 'media_id'>) => fileName(file) || file.media_id;
