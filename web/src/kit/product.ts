// What a product brings to the console: its pages, its place in the frame, and what the live stream means to it. All of
// them are listed in products/index.ts.
import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { createContext, lazy, useContext, type ComponentType } from 'react';
import type { Role } from './api/types';
import { patiently } from './chunks';
import type { IconName } from './icons';

export interface Page {
  /** Below the page around, or below /ui; '' is that page's own first one. */
  path: string;
  page: ComponentType;
  /** Everyone else sees that there is no such page. */
  least?: Role;
  /** Only for administrators of the whole server. */
  server?: boolean;
  children?: Page[];
}

/** A page below the settings, with a tab there. */
export interface SettingsPage extends Page {
  label: string;
}

export interface Tab {
  to: string;
  label: string;
  icon: IconName;
  least: Role;
  /** Only for administrators of the whole server. */
  server?: boolean;
  /** Goes there after `g`. */
  key: string;
  /** Drawn behind the label: how much waits there. Nothing while nothing does. */
  badge?: ComponentType;
}

export type LiveHandler = (client: QueryClient, data: unknown) => void;

export interface Product {
  name: string;
  tab?: Tab;
  pages?: Page[];
  settings?: SettingsPage[];
  /** Drawn at /ui/settings around the pages of all of them; one product brings it. */
  settingsFrame?: ComponentType;
  /** By the name of the event in /api/v1/live. */
  live?: Record<string, LiveHandler>;
  /** What is asked for again when the stream has missed something. */
  caches?: QueryKey[];
}

/** A page that is a bundle of its own, loaded when it is first opened. */
export function page(load: () => Promise<{ default: ComponentType }>): ComponentType {
  return lazy(patiently(load));
}

const ProductsContext = createContext<readonly Product[]>([]);
export const ProductsProvider = ProductsContext.Provider;
export const useProducts = () => useContext(ProductsContext);
