// The head of a page: its title (also the window's), what it is for, and its main actions. Coming to a page moves the
// focus to its title, so that a screen reader says where one is.
import { useEffect, useRef, type ReactNode } from 'react';

/** The first page of a visit leaves the focus where the browser puts it. */
let visited = false;

interface Props {
  title: string;
  /** Which of its tabs is open: several windows are told apart by it. */
  part?: string | undefined;
  lead?: ReactNode;
  children?: ReactNode;
}

export function PageHead({ title, part, lead, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${part ? `${part} · ` : ''}${title} · Troupe`;
  }, [title, part]);
  useEffect(() => {
    // A form that took the focus to its first field keeps it.
    if (visited && !document.activeElement?.closest('main form')) heading.current?.focus();
    visited = true;
  }, []);
  return (
    <div className="page-head">
      <div>
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        {lead && <p>{lead}</p>}
      </div>
      {children && <div className="page-actions">{children}</div>}
    </div>
  );
}
