import { createTheme, MantineProvider, Menu, Notification, PasswordInput } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { BrowserRouter } from 'react-router';
import { ApiError } from './kit/api/http';
import { App } from './app';
import { usePhone } from './kit/dialog';
import './styles/index.css';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // A refusal stays a refusal; a server that is away or busy may come back.
      retry: (failures, error) =>
        failures < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500),
      retryDelay: (attempt) => Math.min(4000, 400 * 2 ** attempt),
    },
    mutations: { retry: false },
  },
});

const theme = createTheme({
  primaryColor: 'violet',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif',
  components: {
    // In place and not at the end of the page: inside a landmark, and next in the order of the keyboard.
    Menu: Menu.extend({
      defaultProps: { withinPortal: false, floatingStrategy: 'fixed', withInitialFocusPlaceholder: false },
    }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } }),
    PasswordInput: PasswordInput.extend({
      defaultProps: { visibilityToggleButtonProps: { 'aria-label': 'Show or hide what is typed' } },
    }),
  },
});

/** Where they cover neither the buttons of a dialog nor, on a phone, the tabs. */
function Notices() {
  return <Notifications position={usePhone() ? 'top-center' : 'bottom-left'} containerWidth={360} />;
}

// The content policy allows no <style> elements: colours are in styles/theme.css, and Mantine writes none.
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      <QueryClientProvider client={queries}>
        <BrowserRouter>
          <App />
        </BrowserRouter>
        <Notices />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
