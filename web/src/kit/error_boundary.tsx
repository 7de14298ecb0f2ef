// A page that fails while drawing takes only itself down, and says so.
import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { Empty } from './feedback';

interface Props {
  /** Another place starts anew. */
  place: string;
  children: ReactNode;
}

export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: Props) {
    if (before.place !== this.props.place && this.state.failed) this.setState({ failed: false });
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Empty
        icon="alert"
        title="This page failed"
        action={<Button onClick={() => window.location.reload()}>Load it again</Button>}
      >
        That is a mistake in the console, not in your data. The browser’s console holds the details.
      </Empty>
    );
  }
}
